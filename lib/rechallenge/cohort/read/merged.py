"""Lines of one patient that complete each other, read as one."""

import pandas as pd


def merged_lines(frame, groups) -> pd.DataFrame:
    """A frame in which the lines of each group are one: the first cell that is filled in each column, at the first line
    of the group that is there."""
    for lines in groups:
        there = [line for line in lines if line in frame.index]
        if len(there) > 1:
            whole = frame.loc[there].bfill().iloc[0]
            frame = frame.drop(index=there[1:])
            frame.loc[there[0]] = whole
    return frame
