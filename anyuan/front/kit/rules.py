"""The words of the field kit. Pure values."""

from __future__ import annotations

from collections.abc import Callable


def words(_: Callable[[str], str]) -> dict[str, str]:
    """The words of the field kit, by name; the kit itself speaks no language."""
    return {
        "saved": _("saved on this phone"),
        "received": _("received"),
        "refused": _("refused"),
        "sending": _("sending"),
        "all_sent": _("Everything is sent"),
        "unsent": _("%(n)s not sent yet, kept on this phone"),
        "offline": _("no network"),
        "away": _("the server does not answer"),
        "sign_in_again": _("Sign in to send what is kept"),
        "others": _("%(n)s of somebody else are kept until they sign in"),
        "clock": _("The clock of this phone is wrong; times are corrected when sending"),
        "nothing": _("No shift in the next seven days"),
        "now": _("On duty now"),
        "next": _("Next shift"),
        "until": _("until"),
        "sign_in": _("Sign in here"),
        "scan": _("Scan the code"),
        "no_code": _("Sign in without the code"),
        "signed_in": _("signed in"),
        "leave": _("Hand over and go"),
        "handover": _("Open for whoever comes next"),
        "gone": _("handed over"),
        "still_here": _("I am still here"),
        "begin": _("Begin a round"),
        "go_on": _("Go on with the round"),
        "points_left": _("%(n)s points left"),
        "round_done": _("Every point is reached"),
        "end": _("End the round"),
        "end_missing": _("End with %(n)s points missing"),
        "at_point": _("At this point"),
        "scan_point": _("Scan the point"),
        "suggested": _("Suggested order; any other will do"),
        "fine": _("all right"),
        "order": _("order"),
        "hazard": _("hazard"),
        "stranger": _("stranger"),
        "note": _("Note"),
        "photo": _("Photo"),
        "pupils": _("Pupils there"),
        "of": _("of"),
        "save": _("Save"),
        "back": _("Back"),
        "record": _("Record something"),
        "search": _("Search"),
        "choose_unit": _("Unit"),
        "outbox": _("What was recorded on this phone"),
        "empty_outbox": _("Nothing was recorded on this phone in the last days."),
        "try_again": _("Try again"),
        "drop": _("Remove from this phone"),
        "because": _("because"),
        "upstairs": _("upstairs"),
        "camera_no": _("The camera cannot be used here. Type the letters under the code."),
        "type_code": _("Letters under the code"),
        "use": _("Use"),
        "wrong_place": _("This is the code of another place."),
        "full": _("This phone is full: nothing could be saved. Free some space, or send first."),
        "pages": _("The other pages"),
        "today": _("today"),
        "wait_first": _(
            "Open this page once with network after signing in; then it works without."
        ),
        "required": _("Please fill in this field."),
        "my_days": _("My shifts of the next seven days"),
        "photo_added": _("%(n)s photos"),
        "photo_bad": _("This photo cannot be opened. Please take another."),
        "photo_many": _("Six photos are the most."),
        "moment": _("One moment …"),
        "heads_missing": _(
            "%(n)s are missing. Please count again; if it is so, tap once more: the school is told"
            " at once."
        ),
        "aside": _("%(n)s the server fails at; the others are sent"),
        "full_answers": _(
            "This phone is full: what the server answers cannot be kept. Please free some space."
        ),
        "left_open": _("left open:"),
        "change": _("Change and send"),
        "again": _("Send once more"),
        "flowing": _("flowing"),
        "crowded": _("crowded"),
        "jammed": _("jammed"),
        "unsafe": _("Unsafe vehicle"),
        "zones": _("Who is fetched where"),
        "who": _("Who is there?"),
        "pin": _("PIN"),
        "pin_wrong": _("This is not the PIN."),
        "pin_needs_network": _("Unlock once with network; then it works without."),
        "pin_again": _("Unlock again to send what is kept:"),
        "lock": _("Lock; next person"),
        "no_pins": _("Nobody has a PIN yet. Each sets one at “My account”."),
        "wait_network": _(
            "What is yours comes with the network. You can lock and try again later."
        ),
    }
