"""A table in a file: written as Parquet for machines and CSV for people, and read as if a stranger had written it."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

from sousveil.errors import InputError, Problem
from sousveil.ground.characters import FORMULA

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MOST", "read", "write_csv", "write_parquet"]

MOST = 1 << 28
"""Values in a table that is read, at most: a file of a few kilobytes can unpack to any size."""


def write_parquet(table: pa.Table, file: IO[bytes]) -> None:
    """The same table gives the same bytes: how it happens to be cut into chunks does not show."""
    import pyarrow.parquet as pq

    pq.write_table(table.combine_chunks(), file, compression="zstd")


def write_csv(table: pa.Table, file: IO[bytes]) -> None:
    """The same table gives the same bytes. Columns of words that are kept once each are written out.

    Words that a spreadsheet would take for a formula get an apostrophe before them, which it reads as: this is text.
    """
    import pyarrow as pa
    import pyarrow.csv

    plain = {name: _text(table[name]) for name in table.column_names}
    pa.csv.write_csv(pa.table(plain).combine_chunks(), file)


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as a CSV has it: words written out and none of them a formula, numbers as they are."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not pa.types.is_string(column.type):
        return column
    formula = pc.match_substring_regex(column, FORMULA.pattern)
    return pc.if_else(formula, pc.binary_join_element_wise("'", column, ""), column)


def read(path: Path) -> pa.Table:
    """The table in a Parquet file. Raises InputError where it is none of ours, broken, or would fill the memory."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            schema, told = file.schema_arrow, file.metadata
        strange = [field.name for field in schema if not _is_ours(field.type)]
        if strange:
            raise InputError(Problem(str(path), 0, 0, f'has a column "{strange[0]}" of a kind that no result has'))
        groups = [told.row_group(i).total_byte_size for i in range(told.num_row_groups)]
        if max(told.num_rows * len(schema), sum(groups) // 8) > MOST:
            raise _too_large(path)
        words = [field.name for field in schema if not _is_number(field.type)]
        # Words are kept once each until it is known how long they are all together.
        with pq.ParquetFile(path, read_dictionary=words) as file:
            table = file.read(use_threads=False)
        return _written_out(table, schema, path)
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise InputError(Problem(str(path), 0, 0, "is not a Parquet file that can be read")) from error


def _written_out(table: pa.Table, schema: pa.Schema, path: Path) -> pa.Table:
    import pyarrow.compute as pc

    left = 8 * MOST
    for field in schema:
        if not _is_number(field.type):
            for chunk in table[field.name].chunks:
                left -= pc.sum(pc.binary_length(chunk.dictionary).take(chunk.indices)).as_py() or 0
    if left < 0:
        raise _too_large(path)
    return table.cast(schema)


def _too_large(path: Path) -> InputError:
    return InputError(Problem(str(path), 0, 0, f"would be a table of more than {MOST:,} values"))


def _is_number(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def _is_ours(kind: pa.DataType) -> bool:
    import pyarrow as pa

    words = kind.value_type if pa.types.is_dictionary(kind) else kind
    return _is_number(kind) or bool(pa.types.is_string(words))
