"""What became of every row of every source of facilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from lifecircle.model import TRACE, Outcome

BLANK = dict.fromkeys(TRACE, "") | {"outcome": Outcome.COUNTED.value}


def traced(**columns: Any) -> pd.DataFrame:
    """Rows that count so far, numbered from 0; ``columns`` are those of ``TRACE``, at least id."""
    blank = {name: text for name, text in BLANK.items() if name not in columns}
    return pd.DataFrame(columns).assign(**blank)[list(TRACE)].astype(object)


def settled(trace: pd.DataFrame, records: Any, outcome: Outcome, by: Any = "") -> pd.DataFrame:
    """The trace where those of the records that still counted have another outcome.

    ``by``, a text or one a record, says what it is owed to: the id of the row that stands for it, or a file.
    """
    owed = pd.Series(by, index=pd.Index(np.asarray(records, dtype=np.int64)), dtype=object)
    owed = owed[(trace["outcome"].loc[owed.index] == Outcome.COUNTED).to_numpy()]
    result = trace.copy()
    result.loc[owed.index, "outcome"] = outcome.value
    result.loc[owed.index, "by"] = owed
    return result
