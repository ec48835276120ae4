"""Words for a spreadsheet: a cell that begins like a formula is run by whoever opens the file."""

# CWE-1236 and ASVS 1.2.10 name these first characters, and the apostrophe as what makes them plain.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")


def plain(words: str) -> str:
    """The words as a cell that no spreadsheet calculates."""
    return f"'{words}" if words.startswith(FORMULA_STARTS) else words


def typed(cell: str) -> str:
    """The words behind a cell that `plain` has made: what went out can be read in again."""
    is_marked = cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS)
    return cell[1:] if is_marked else cell
