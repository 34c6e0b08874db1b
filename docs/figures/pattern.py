"""The look-ahead and look-aside pattern of a concentrator."""


def offsets_of(pattern):
    """The offsets (row, lane) of L<h,d>, in order."""
    ahead, aside = (int(part) for part in pattern.removeprefix("L<").removesuffix(">").split(","))
    return [(row, 0) for row in range(1, ahead + 1)] + [(1, -lane) for lane in range(1, aside + 1)]


def window_of(pattern):
    """Slot rows of the window: 1 + h."""
    return 1 + max((row for row, _ in offsets_of(pattern)), default=0)
