"""What stays open when there is room for so much only."""

from __future__ import annotations

from storage.clock_cache import ClockCache


class Item:
    def __init__(self, amount: int = 1) -> None:
        self.recently_used = False
        self.is_open = True
        self.amount = amount
        self.can_be_released = True

    def release(self) -> int:
        if not self.can_be_released:
            raise OSError
        self.is_open = False
        return self.amount


def add(cache: ClockCache, *items: Item) -> None:
    for item in items:
        cache.add(item, item.amount)


def test_the_oldest_unused_one_goes() -> None:
    cache = ClockCache(2)
    first, second, third, fourth = (Item() for _ in range(4))
    add(cache, first, second)
    first.recently_used = True
    add(cache, third)
    assert (first.is_open, second.is_open) == (True, False)
    add(cache, fourth)
    assert first.is_open != third.is_open
    assert (len(cache), cache.used) == (2, 2)


def test_when_all_are_in_use_one_goes_all_the_same() -> None:
    cache = ClockCache(2)
    items = [Item() for _ in range(3)]
    for item in items:
        item.recently_used = True
        add(cache, item)
    assert [item.is_open for item in items] == [False, True, True]


def test_one_that_closes_by_itself_makes_room() -> None:
    cache = ClockCache(1)
    first, second = Item(), Item()
    add(cache, first)
    cache.discard(first, 1)
    cache.discard(first, 1)
    add(cache, second)
    assert first.is_open
    assert (len(cache), cache.used) == (1, 1)


def test_as_many_go_as_there_must() -> None:
    cache = ClockCache(10)
    small = [Item(3) for _ in range(3)]
    add(cache, *small)
    cache.grow(1)
    small[0].amount = 4
    add(cache, Item(6))
    assert [item.is_open for item in small] == [False, False, True]
    assert cache.used == 9


def test_what_is_larger_than_all_is_let_in() -> None:
    cache = ClockCache(10)
    add(cache, Item(3), Item(50), Item(3))
    assert (len(cache), cache.used) == (1, 3)


def test_what_cannot_be_released_stays() -> None:
    cache = ClockCache(2)
    first, second, third = Item(), Item(), Item()
    first.can_be_released = second.can_be_released = False
    add(cache, first, second, third)
    assert (len(cache), cache.used) == (3, 3)
    second.can_be_released = True
    add(cache, Item())
    assert first.is_open
    assert not second.is_open
