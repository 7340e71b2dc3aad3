"""The chain of rows, and which rows the transaction at hand has touched."""

from __future__ import annotations

from django.db import models


class Link(models.Model):
    """That a row stood so: `digest` of the whole row, empty once it was deleted. `mark` is made of
    this and the link before, with a key that the database does not hold.

    `otherwise`: what had become of the row past the program since its link before, when the program
    touched it again (altered, removed, inserted); empty: nothing.
    """

    n = models.BigIntegerField(primary_key=True)
    table_name = models.CharField(max_length=40)
    row_id = models.CharField(max_length=40)
    digest = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField()
    mark = models.CharField(max_length=64)
    otherwise = models.CharField(max_length=10, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["table_name", "row_id", "-n"], name="proof_newest_of_a_row")
        ]

    def __str__(self) -> str:
        return f"{self.n} {self.table_name} {self.row_id}"


class Touched(models.Model):
    """Rows of the transaction at hand, each with the digest of how it stood before (empty: it was
    not there); gone before it ends. `turn` is the transaction's own word.
    """

    transaction_id = models.BigIntegerField(db_index=True)
    turn = models.CharField(max_length=40, default="")
    table_name = models.CharField(max_length=40)
    row_id = models.CharField(max_length=40)
    stood = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.table_name} {self.row_id}"
