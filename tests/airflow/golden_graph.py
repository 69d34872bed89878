"""The golden lineage as a snapshot, without reading any SQL."""

from airflow_bluegreen.snapshot import DrawnTable, Snapshot

INPUTS: dict[str, tuple[str, ...]] = {
    "src_a": (),
    "src_b": (),
    "src_c": (),
    "src_x": (),
    "int_1": ("src_a", "src_b"),
    "int_2": ("src_b", "src_c"),
    "int_3": ("src_a", "src_b", "src_c"),
    "fact_1": ("int_1", "int_2"),
    "fact_2": ("int_2", "int_3"),
    "fact_3": ("int_3", "src_x"),
    "view_1": ("fact_1",),
    "view32": ("fact_2",),
}

GOLDEN = Snapshot(
    project="retail",
    tables={name: DrawnTable(inputs=inputs) for name, inputs in sorted(INPUTS.items())},
    refs={"v1.0.1": "1" * 40},
)
