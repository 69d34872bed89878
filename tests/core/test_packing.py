import pytest

from airflow_bluegreen.core.packing import pack_statements, unpack_statements
from airflow_bluegreen.core.sql import parse

TEXT = """\
-- what stands here counts as an offset too
CREATE TABLE `t_v2` (id STRING NOT NULL, total AS 1 + 1, at TIMESTAMP(3) METADATA FROM 'timestamp',
  WATERMARK FOR at AS at, PRIMARY KEY (id) NOT ENFORCED)
  DISTRIBUTED BY HASH (id) INTO 3 BUCKETS WITH ('value.format' = 'avro-registry');
SET 'a' = 'ü';
INSERT INTO t_v2 SELECT x.id FROM `cat`.`db`.`x` JOIN y ON x.id = y.id;
"""


def test_every_field_comes_back() -> None:
    statements = parse(TEXT, "a/b.sql")
    found = unpack_statements(pack_statements(statements), TEXT, "a/b.sql")
    assert found == statements
    assert found[0].definition is not None
    assert (found[0].definition.buckets, found[2].references[1].name) == (3, "cat.db.x")


def test_a_finding_of_a_longer_text_is_refused() -> None:
    with pytest.raises(ValueError, match="outside of its text"):
        unpack_statements(pack_statements(parse(TEXT)), TEXT[:80], "a.sql")
