from core.ids import derived_id, derived_seed, new_id


def test_new_ids_are_unique_and_sort_by_time() -> None:
    ids = [new_id("conv") for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert all(i.startswith("conv_") and len(i) == len(ids[0]) for i in ids)


def test_derived_ids_depend_on_every_part_and_nothing_else() -> None:
    assert derived_id("att", "c1", 1) == derived_id("att", "c1", 1)
    assert len({derived_id("att", "c1", 1), derived_id("att", "c11"), derived_id("att", "c1", 2)}) == 3
    assert derived_seed(7, "a") == derived_seed(7, "a") != derived_seed(8, "a")
