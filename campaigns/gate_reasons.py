"""The gate's codes in words."""

from __future__ import annotations

_REASONS = {
    "ok": ("được phép", "allowed"),
    "kill_switch": ("đã bật công tắc dừng khẩn cấp", "the kill switch is on"),
    "no_purpose": ("chưa khai báo mục đích cuộc gọi", "no purpose was declared"),
    "unknown_purpose": ("mục đích không có trong bộ quy tắc", "the rules do not know this purpose"),
    "number": ("số điện thoại không gọi được", "the number cannot be dialled"),
    "suppressed": ("số này đã được ghi nhận là sai hoặc không đúng người", "the number is known to be wrong"),
    "opted_out": ("khách đã yêu cầu không liên hệ", "the customer asked not to be contacted"),
    "dnc_unknown": (
        "chưa tra cứu danh sách không quảng cáo quốc gia",
        "the national do-not-call list has not been checked",
    ),
    "national_dnc": ("số nằm trong danh sách không quảng cáo", "the number is on the national do-not-call list"),
    "no_consent": ("chưa có bằng chứng khách đồng ý", "there is no evidence of consent"),
    "no_brandname": ("chưa có tên định danh còn hiệu lực", "no caller brandname is active"),
    "tet": ("đang dịp Tết", "Tết holidays"),
    "weekday": ("không gọi vào ngày này trong tuần", "no calls on this weekday"),
    "holiday": ("ngày lễ", "public holiday"),
    "promised": ("chưa qua ngày khách hứa thanh toán", "the promised day has not passed"),
    "hours": ("ngoài khung giờ được gọi", "outside calling hours"),
    "cap": ("đã đủ số lần liên hệ cho phép", "the allowed number of contacts is used up"),
    "max_attempts": ("đã gọi đủ số lần", "all attempts are used"),
    "erased": ("đã xóa dữ liệu theo yêu cầu của khách", "erased at the customer's request"),
    "duplicate": ("trùng với một liên hệ khác", "duplicate of another contact"),
}


def reason_text(code: str) -> tuple[str, str]:
    """Vietnamese and English; an unknown code stands for itself."""
    return _REASONS.get(code, (code, code))
