"""The intents that every flow understands. A flow may bring its own (issue: from ten example sentences)."""

from __future__ import annotations

from typing import Final

INTENTS: Final[dict[str, str]] = {
    "affirm": "đúng, đồng ý, được",
    "deny": "không, không phải, không đồng ý",
    "ack": "dạ, ừ, ờ: tôi đang nghe; không phải lời hứa hay sự đồng ý",
    "greeting": "alô, chào, tôi nghe đây",
    "self_identify": "tôi đây, chính tôi đây, anh Hùng đây",
    "wrong_person": "nhầm số, nhầm máy, ở đây không có ai tên đó",
    "third_party": "tôi là vợ, chồng, mẹ … của người đó; người đó đi vắng",
    "deceased": "người đó đã qua đời, không còn minh mẫn",
    "opt_out": "đừng gọi nữa, xóa số tôi",
    "ask_person": "cho gặp nhân viên, quản lý, người thật",
    "busy": "đang bận, đang họp, gọi lại sau",
    "repeat": "nói lại đi, chưa nghe rõ",
    "slow_down": "nói chậm thôi, nói to lên",
    "who": "ai đấy, bên nào gọi đấy",
    "is_robot": "máy hay người vậy",
    "why": "gọi có việc gì, lý do gì",
    "privacy": "sao biết số tôi, sao hỏi năm sinh, không cung cấp",
    "no_recording": "đừng ghi âm",
    "anger": "bực mình, phiền quá, gọi hoài",
    "abuse": "chửi bới",
    "legal_threat": "tôi kiện, báo công an",
    "already_paid": "trả rồi, đóng rồi, chuyển khoản rồi",
    "promise": "tôi sẽ trả, sẽ thanh toán",
    "pay_full": "trả đủ, trả hết",
    "pay_part": "trả trước một phần",
    "dispute": "không vay, số tiền sai, không ký hợp đồng",
    "hardship": "mất việc, ốm đau, khó khăn, chưa có tiền",
    "refuse": "không trả",
    "stall": "để xem đã, để hỏi vợ",
    "dont_know": "chưa biết, không nhớ, không rõ",
    "how_much": "bao nhiêu tiền, nợ gì",
    "how_to_pay": "trả ở đâu, số tài khoản nào",
    "confirm_visit": "đến được, sẽ đến",
    "reschedule": "đổi lịch, dời sang",
    "cancel": "hủy lịch, không đến nữa",
    "wait": "chờ chút, đợi tí",
    "bye": "cảm ơn, chào nhé, thế thôi",
    "other": "chuyện khác, không liên quan",
}
"""Name → what people say. ``other`` is what the trained model calls out of scope."""
