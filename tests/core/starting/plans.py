"""Plans as Flink 2.2.1 explains them, built from their operators."""


def explained(*nodes: str, sink: str = "t", mode: str = "I") -> str:
    """``EXPLAIN CHANGELOG_MODE`` of an INSERT whose operators, below the sink, are these."""
    lines = [f"Sink(table=[default_catalog.default_database.{sink}], fields=[k, v], changelogMode=[NONE])"]
    for depth, node in enumerate(nodes):
        lines.append(f"{'   ' * depth}+- {node[:-1]}, changelogMode=[{mode}])")
    tree = "\n".join(lines)
    return (
        f"== Abstract Syntax Tree ==\nLogicalSink(table=[{sink}])\n+- LogicalProject(k=[$0])\n\n"
        f"== Optimized Physical Plan ==\n{tree}\n\n== Optimized Execution Plan ==\n{tree}\n"
    )


def scan(table: str) -> str:
    return f"TableSourceScan(table=[[default_catalog, default_database, {table}]], fields=[k, v])"


CALC = "Calc(select=[k, v])"
AGGREGATE = "GroupAggregate(groupBy=[k], select=[k, SUM(v) AS v])"
