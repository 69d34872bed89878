/* int_1: orders (b) with the customer (a) who placed them.
   One row an order; the customer's columns are 'unknown' until the customer is known. */
insert into int_1
select o.order_id,
       o.customer_id,
       coalesce(c.country, 'unknown') as country,  -- ISO 3166 code
       coalesce(c.segment, 'unknown') as segment,
       o.channel,
       o.order_status,
       o.order_total,
       o.ordered_at
  from src_b as o
       left join src_a as c
       on o.customer_id = c.customer_id;
