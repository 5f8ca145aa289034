"""Words that mean about the same on the telephone: what lets ten example sentences stand for a hundred.

Written by hand; common words only (``speech.text.normalize.common_words`` has already taken regional forms away). A
phrase is looked up as it is, and without tone marks where the whole sentence has none.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from agent.brain.negation import denied, is_denial
from speech.text.normalize import common_words, fold, strip_marks

_TABLE: Final = """
want: muốn, cần, định, tính, có nhu cầu, mong muốn, xin, nhờ, xin được, muốn được
book: đặt, đăng ký, giữ chỗ, book, đặt trước, giữ, đặt chỗ, lấy hẹn, đặt lịch, đặt hẹn, hẹn
change: đổi, thay đổi, dời, chuyển sang, đổi sang, đổi qua, dời sang, lùi, sửa, điều chỉnh, chỉnh, hoãn, thay
cancel: hủy, huỷ, bỏ, hủy bỏ, cancel, thôi không, không lấy nữa, không đặt nữa, xóa
check: kiểm tra, tra cứu, xem, coi, check, tra, xem giúp, coi giùm, cho biết, cho hỏi, hỏi, xem lại, dò
where: ở đâu, đâu, chỗ nào, nơi nào, đến đâu, tới đâu
when: khi nào, bao giờ, lúc nào, mấy giờ, ngày nào, hôm nào, bao lâu, mấy ngày, mấy hôm
howmuch: bao nhiêu, nhiêu, bao nhiêu tiền, mấy tiền, nhiêu tiền
price: giá, giá cả, chi phí, phí, cước, tiền, bảng giá, báo giá, giá tiền, mức phí, học phí, tổng tiền
cheap: rẻ, rẻ nhất, giá rẻ, giảm giá, khuyến mãi, khuyến mại, ưu đãi, voucher, mã giảm, chiết khấu, giảm
pay: trả, thanh toán, đóng, nộp, chuyển khoản, chi trả, quẹt thẻ, trả tiền, đóng tiền
refund: hoàn, hoàn tiền, trả lại tiền, hoàn lại tiền, lấy lại tiền, hoàn lại
broken: hỏng, hư, lỗi, bị lỗi, bể, vỡ, nứt, móp, không chạy, không hoạt động, trục trặc, chết máy, bị hỏng, bị hư
slow: chậm, lâu, muộn, trễ, chờ lâu, mãi, lề mề, quá lâu, chậm quá
goods: hàng, đơn hàng, đơn, kiện hàng, gói hàng, bưu kiện, món hàng, sản phẩm, món
deliver: giao, ship, giao hàng, vận chuyển, chuyển tới, gửi tới, giao tới, chuyển đến, giao đến
receive: nhận, nhận được, lấy, tới tay, đến tay, nhận hàng
notyet: chưa thấy, chưa nhận được, chưa có, không thấy, mãi chưa, vẫn chưa, chưa
address: địa chỉ, chỗ giao, nơi nhận, nơi giao, chỗ ở
ticket: vé, vé máy bay, chỗ, tấm vé
flight: chuyến bay, chuyến, máy bay, bay
seat: ghế, chỗ ngồi, hàng ghế, ghế ngồi
upgrade: nâng cấp, nâng hạng, lên hạng, nâng, lên gói
bag: hành lý, vali, va li, ký gửi, đồ đạc, túi xách
doctor: bác sĩ, bác sỹ, thầy thuốc, nha sĩ
exam: khám, khám bệnh, khám chữa, thăm khám, tái khám, kiểm tra sức khỏe
hurt: đau, nhức, sưng, ê buốt, khó chịu, viêm, sốt
result: kết quả, phiếu kết quả, kết quả xét nghiệm
open: mở cửa, mở, làm việc, hoạt động, hoạt động tới
room: phòng, phòng nghỉ, căn phòng, phòng ốc, khách sạn
table: bàn, bàn ăn, chỗ ăn
food: món ăn, đồ ăn, thức ăn, món, thực đơn, menu
net: mạng, internet, wifi, đường truyền, tín hiệu, cáp quang
package: gói, gói cước, gói dịch vụ, dịch vụ
fix: sửa, sửa chữa, khắc phục, xử lý, sửa giúp, bảo hành
person: nhân viên, thợ, kỹ thuật viên, người, tư vấn viên, kỹ thuật
complain: khiếu nại, phàn nàn, phản ánh, tố cáo, góp ý, than phiền
card: thẻ, thẻ tín dụng, thẻ atm, thẻ ngân hàng
lock: khóa, khoá, bị khóa, phong tỏa, chặn
lost: mất, bị mất, đánh rơi, rơi mất, thất lạc, làm mất, quên
password: mật khẩu, pass, mã pin, mật mã, mã otp
loan: vay, khoản vay, vay tiền, vay vốn, mượn tiền
rate: lãi suất, lãi, tiền lãi, phần trăm
account: tài khoản, stk, số tài khoản
paper: giấy tờ, hồ sơ, thủ tục, chứng từ, căn cước, chứng minh thư
bill: hóa đơn, hoá đơn, biên lai, vat, phiếu thu, bill
give: cho, gửi, cấp, xuất, đưa
buy: mua, đặt mua, lấy, chốt đơn, chốt
have: còn, có, có sẵn, còn không, còn hàng
teach: dạy, giảng dạy, lớp, khóa, khoá học, khóa học, lớp học, học
job: việc làm, tuyển dụng, ứng tuyển, xin việc, tuyển
advise: tư vấn, hướng dẫn, giới thiệu, giải thích, chỉ
good: tốt, ngon, ổn, hài lòng, tuyệt, hay, ưng
bad: tệ, dở, kém, thất vọng, chán, không hài lòng
today: hôm nay, bữa nay, sáng nay, chiều nay, tối nay, trưa nay
day: ngày mai, mai, ngày kia, mốt, tuần sau, tuần tới, cuối tuần, thứ hai, thứ ba, thứ tư, thứ năm, thứ sáu, thứ bảy,
 chủ nhật, tháng sau, hôm sau, sáng mai, chiều mai, tối mai, hôm khác, ngày khác, bữa khác
more: thêm, nữa, bổ sung, kèm, kèm theo
early: sớm hơn, sớm, trước, gấp, nhanh
help: giúp, giùm, hộ, dùm, với
i: tôi, anh, chị, em, mình, cô, chú, bác, cháu, con, ông, bà, tao, tớ
polite: ạ, nhé, dạ, vâng, ơi, à, ừ, ừm, thì, là, mà, đi, luôn, được không, không
"""
_NUMBERS: Final = frozenset(
    "một hai ba bốn năm sáu bảy tám chín mười mươi mốt lăm tư trăm nghìn ngàn triệu tỷ rưỡi linh lẻ chục".split()  # noqa: SIM905
)
LONGEST: Final = 4
IDLE: Final = frozenset({"i", "polite"})
"""Concepts that tell nothing of what is wanted."""


def _concepts() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _TABLE.replace("\n ", " ").strip().splitlines():
        name, words = line.split(":")
        for phrase in words.split(","):
            found.setdefault(common_words(fold(phrase)), name)
    return found


_BY_PHRASE: Final = _concepts()
_PLAIN: Final = {strip_marks(phrase): name for phrase, name in reversed(_BY_PHRASE.items())}


@lru_cache(maxsize=256)
def units(text: str) -> tuple[str, ...]:
    """``text`` (folded, common words) as concepts ("=book"), numbers ("#") and the other words without marks.

    "!" stands before what is denied, and a denying word is "!".
    """
    words = text.split()
    bare = text.isascii()
    table = _PLAIN if bare else _BY_PHRASE
    out: list[str] = []
    under = denied(words)
    k = 0
    while k < len(words):
        no = "!" if under[k] else ""
        if is_denial(words, k) and " ".join(words[k : k + 2]) not in table:
            out.append("!")
            k += 1
            continue
        for n in range(min(LONGEST, len(words) - k), 0, -1):
            name = table.get(" ".join(words[k : k + n]))
            if name is not None:
                out.append(f"={name}" if name in IDLE else f"{no}={name}")
                k += n
                break
        else:
            word = words[k]
            number = word[0].isdigit() or (word in _NUMBERS and not bare)
            if not (number and out and out[-1] == "#"):
                out.append("#" if number else no + strip_marks(word))
            k += 1
    return tuple(out)
