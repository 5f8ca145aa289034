"""Slot fillers of the recogniser's training text: names, places, numbers, dates, times, money, by region."""

from __future__ import annotations

import random


def _list(text: str) -> list[str]:
    """Entries separated by ";" if there is one, else by blanks."""
    return text.split(";" if ";" in text else None)


SURNAMES = _list(
    "nguyễn nguyễn nguyễn trần trần lê lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đinh trương mai "
    "lâm đoàn trịnh hà cao lương tạ tô phùng châu vương quách kiều thái lưu triệu la tăng từ chu nông thạch ninh "
    "doãn khổng giang mạc âu tôn viên ông ung nghiêm"
)
MIDDLES = _list(
    "văn thị ngọc minh thanh đức hữu quang thu kim xuân hoài gia bảo anh tuấn thùy như hồng mỹ khánh phương công "
    "đình trung quốc bích diễm cẩm tường hải duy nhật việt tiến mạnh thành bá tấn phúc huy an thiên hoàng"
)
GIVENS = _list(
    "an anh bình bảo bích châu chi chiến cường cúc dung duyên dũng dương diệp đạt điệp đức đông đào giang hà hải "
    "hạnh hằng hân hiền hiếu hoa hòa hoàng hồng huệ hùng hưng hương huy huyền khánh khoa khôi kiên kiệt lan lâm "
    "linh loan lộc long lợi lực ly mai mạnh minh my mỹ nam nga ngân nghĩa ngọc nguyên nguyệt nhã nhàn nhân nhi "
    "nhung như ninh nương oanh phát phong phú phúc phương phượng quân quang quốc quý quyên quỳnh sang sinh sơn "
    "tài tâm tân thái thắm thanh thành thảo thắng thi thịnh thoa thơ thu thủy thúy thương thư tiên tiến toàn trâm "
    "trang trí trinh trúc trung trường tú tuấn tùng tuyền tuyết uyên vân việt vinh vũ vương xuân yến tí tèo út "
    "luận nhật thiện thu"
)
PROVINCES = (
    "hà nội;hải phòng;hải dương;hưng yên;nam định;thái bình;ninh bình;hà nam;vĩnh phúc;bắc ninh;bắc giang;quảng ninh;"
    "lạng sơn;cao bằng;hà giang;tuyên quang;thái nguyên;phú thọ;yên bái;lào cai;sơn la;điện biên;lai châu;hòa bình;"
    "thanh hóa;nghệ an;hà tĩnh;quảng bình;quảng trị;huế;thừa thiên huế;đà nẵng;quảng nam;quảng ngãi;bình định;"
    "phú yên;khánh hòa;nha trang;ninh thuận;bình thuận;con tum;gia lai;đắc lắc;lâm đồng;đà lạt;bình phước;tây ninh;"
    "bình dương;đồng nai;vũng tàu;sài gòn;thành phố hồ chí minh;long an;tiền giang;bến tre;trà vinh;vĩnh long;"
    "đồng tháp;an giang;kiên giang;cần thơ;hậu giang;sóc trăng;bạc liêu;cà mau;phú quốc;biên hòa;vinh;buôn ma thuột;"
    "quy nhơn;mỹ tho;rạch giá;hạ long;việt trì;thủ đức"
).replace("đắc lắc", "đắc lắc").replace("con tum", "con tum").split(";")
STREETS = _list(
    "nguyễn trãi;lê lợi;trần hưng đạo;nguyễn huệ;lê duẩn;hai bà trưng;lý thường kiệt;phan chu trinh;"
    "phan đình phùng;cách mạng tháng tám;điện biên phủ;võ văn kiệt;nguyễn văn linh;phạm văn đồng;lạc long quân;"
    "âu cơ;hoàng diệu;quang trung;nguyễn thị minh khai;tôn đức thắng;lê văn sỹ;ba tháng hai;xô viết nghệ tĩnh;"
    "trường chinh;giải phóng;nguyễn xiển;láng hạ;kim mã;cầu giấy;xuân thủy;tô hiến thành;nguyễn đình chiểu;"
    "bạch đằng;hùng vương;lê hồng phong"
)
DISTRICTS = _list(
    "quận một;quận ba;quận bảy;quận mười hai;gò vấp;tân bình;bình thạnh;phú nhuận;thanh xuân;hoàng mai;long biên;"
    "đống đa;cầu giấy;hải châu;sơn trà;ninh kiều;phường năm;phường mười;xã tân phú;huyện củ chi;huyện hóc môn;"
    "huyện đông anh;ấp bình hòa;thôn đoài;khu phố ba;tổ bốn"
)
COMPANIES = _list(
    "tài chính;điện lực;ngân hàng;bưu điện;bảo hiểm;giao hàng;viễn thông;phòng khám;hàng không;điện máy"
)
PRODUCTS = _list(
    "vay tiêu dùng;thẻ tín dụng;bảo hiểm nhân thọ;bảo hiểm sức khỏe;trả góp;gói internet;gói cước;"
    "khóa học tiếng anh;căn hộ;đất nền;vay mua xe;vay mua nhà;gửi tiết kiệm;thẻ ghi nợ;vay thế chấp;vay tín chấp"
)
UNITS = _list("ngày tháng năm tuần lần kỳ người phút tiếng cái đồng ký cân mét triệu trăm chục vé")
LETTERS = _list("a bê xê dê đê e ép gờ hát i ca lờ mờ nờ o pê quy rờ ét tê u vê ích")
DIGITS = _list("không một hai ba bốn năm sáu bảy tám chín")
SELF = {
    "north": _list("tôi tôi anh chị em cô chú bác mình cháu ông bà"),
    "central": _list("tui tui tôi anh chị em chú o mệ con mình cô"),
    "south": _list("tui tui tôi anh chị em cô chú dì con bác mình"),
}
YOU = {
    "north": _list("em em em anh chị bạn cháu cô"),
    "central": _list("em em em con o cháu anh chị"),
    "south": _list("em em em con cưng bạn anh chị"),
}
YES = {
    "north": _list("vâng;vâng ạ;ừ;dạ;đúng;ờ;dạ vâng;phải"),
    "central": _list("dạ;ừ;dạ phải;ờ;đúng;dạ vâng;phải"),
    "south": _list("dạ;ừ;ờ;dạ phải;đúng;ừa;dạ đúng"),
}
NO = {
    "north": _list("không;đâu;làm gì"),
    "central": _list("không nỏ khôn"),
    "south": _list("hông hổng không"),
}


def _thousand(region: str, rng: random.Random) -> str:
    return rng.choice(("nghìn", "nghìn", "ngàn")) if region == "north" else rng.choice(("ngàn", "ngàn", "nghìn"))


def below_hundred(n: int, region: str, rng: random.Random) -> str:
    """0 … 99 as spoken: mốt, lăm/nhăm, tư/bốn, hăm, swallowed mươi."""
    tens, ones = divmod(n, 10)
    if tens == 0:
        return DIGITS[ones]
    if tens == 1:
        return "mười" if ones == 0 else "mười " + ("lăm" if ones == 5 else DIGITS[ones])
    if ones == 0:
        return DIGITS[tens] + (" mươi" if rng.random() < 0.9 else " chục")
    last = {1: "mốt", 4: rng.choice(("tư", "bốn")), 5: "lăm"}.get(ones, DIGITS[ones])
    if ones == 5 and region == "north" and rng.random() < 0.3:
        last = "nhăm"
    short = rng.random()
    if tens == 2 and short < 0.12:
        return "hăm " + last
    return f"{DIGITS[tens]} {last}" if short < 0.25 and ones in (1, 4, 5) else f"{DIGITS[tens]} mươi {last}"


def below_thousand(n: int, region: str, rng: random.Random) -> str:
    hundreds, rest = divmod(n, 100)
    if hundreds == 0:
        return below_hundred(rest, region, rng)
    head = ("một " if hundreds == 1 and rng.random() < 0.8 else "") if hundreds == 1 else DIGITS[hundreds] + " "
    if rest == 0:
        return head + "trăm"
    if rest < 10:
        return f"{head}trăm {rng.choice(('linh', 'lẻ')) if region == 'north' else 'lẻ'} {DIGITS[rest]}"
    if rest == 50 and rng.random() < 0.3:
        return head + "trăm rưỡi"
    return f"{head}trăm {below_hundred(rest, region, rng)}"


def money(region: str, rng: random.Random) -> str:
    """An amount in one of the forms heard on calls: hai triệu rưỡi, ba trăm ngàn, hai triệu hai, năm củ …"""
    kind = rng.random()
    end = rng.choice(("", "", "", " đồng"))
    millions = below_hundred(rng.choice((*range(1, 13), *range(1, 100))), region, rng)
    if kind < 0.2:
        return millions + " triệu" + end
    if kind < 0.32:
        return millions + " triệu rưỡi"
    if kind < 0.44:
        tail = rng.choice(("", " trăm", " trăm " + _thousand(region, rng)))
        return f"{millions} triệu {DIGITS[rng.randint(1, 9)]}{tail}"
    if kind < 0.6:
        n = rng.choice((rng.randint(1, 9) * 100, rng.randint(10, 99) * 10, rng.randint(5, 999)))
        return f"{below_thousand(n, region, rng)} {_thousand(region, rng)}{end}"
    if kind < 0.85:
        n = rng.choice((rng.randint(1, 9) * 100, rng.randint(1, 99) * 10, rng.randint(1, 999)))
        return f"{millions} triệu {below_thousand(n, region, rng)} {_thousand(region, rng)}{end}"
    if kind < 0.9:
        slang = "củ chai triệu" if region != "north" else "củ triệu"
        return f"{DIGITS[rng.randint(1, 9)]} {rng.choice(slang.split())}" + rng.choice(("", " rưỡi"))
    if kind < 0.95:
        tail = rng.choice((_thousand(region, rng), "rưỡi", below_hundred(rng.randint(10, 99), region, rng)))
        return f"{rng.choice(DIGITS[1:])} trăm {tail}"
    if kind < 0.98:
        return f"{below_hundred(rng.randint(1, 99), region, rng)} {_thousand(region, rng)}"
    return f"{DIGITS[rng.randint(1, 9)]} {rng.choice(('tỷ', 'tỷ rưỡi', 'trăm triệu', 'chục triệu'))}"


def number(region: str, rng: random.Random) -> str:
    n = rng.choice((rng.randint(0, 20), rng.randint(0, 99), rng.randint(0, 999)))
    return below_thousand(n, region, rng)


def day(region: str, rng: random.Random) -> str:
    n = rng.randint(1, 31)
    return ("mùng " if n <= 10 and rng.random() < 0.4 else "") + below_hundred(n, region, rng)


def month(region: str, rng: random.Random) -> str:
    n = rng.randint(1, 12)
    return rng.choice(("giêng", "một")) if n == 1 else rng.choice(("chạp", "mười hai")) if n == 12 else (
        "tư" if n == 4 else below_hundred(n, region, rng)
    )


def year(region: str, rng: random.Random) -> str:
    n = rng.randint(40, 99)
    if rng.random() < 0.5:
        return rng.choice(("một nghìn chín trăm ", "mười chín ", "")) + below_hundred(n, region, rng)
    low = rng.randint(0, 30)
    link = rng.choice(("linh", "lẻ", "không trăm linh" if region == "north" else "không trăm lẻ"))
    if low == 0:
        return f"hai {_thousand(region, rng)}"
    return f"hai {_thousand(region, rng)} " + (f"{link} {DIGITS[low]}" if low < 10 else
                                              rng.choice(("không trăm ", "")) + below_hundred(low, region, rng))


def weekday(region: str, rng: random.Random) -> str:
    return rng.choice(("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật"))


def date(region: str, rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.3:
        return rng.choice(("ngày", "ngày", "hôm", "bữa" if region != "north" else "ngày")) + " " + day(region, rng)
    if kind < 0.5:
        return f"{rng.choice(('ngày ', ''))}{day(region, rng)} tháng {month(region, rng)}"
    if kind < 0.75:
        return weekday(region, rng) + rng.choice(("", "", " này", " tuần này", " tuần sau", " tuần tới"))
    return rng.choice(
        ("mai", "ngày mai", "ngày mốt", "ngày kia", "hôm nay", "tối nay", "chiều mai", "sáng mai", "cuối tuần",
         "cuối tháng", "đầu tháng", "tuần sau", "tháng sau", "cuối tháng này", "đầu tháng sau", "giữa tháng",
         "cuối tuần này", "đầu tuần sau", "mai mốt", "hôm kia", "bữa mốt" if region != "north" else "ngày kìa")
    )  # fmt: skip


def time_of_day(region: str, rng: random.Random) -> str:
    hour = DIGITS[rng.randint(1, 9)] if rng.random() < 0.75 else below_hundred(rng.randint(10, 23), region, rng)
    part = rng.choice(("", "", " sáng", " chiều", " tối", " trưa", " đêm", " khuya"))
    kind = rng.random()
    if kind < 0.55:
        return f"{hour} giờ{part}"
    if kind < 0.75:
        return f"{hour} giờ rưỡi{part}"
    if kind < 0.95:
        return f"{hour} giờ {below_hundred(rng.choice((5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55)), region, rng)}{part}"
    return f"{hour} giờ kém {rng.choice(('năm', 'mười', 'mười lăm', 'hai mươi'))}"


def digits(n: int, rng: random.Random) -> str:
    return " ".join(rng.choice(DIGITS) for _ in range(n))


def phone(region: str, rng: random.Random) -> str:
    head = rng.choice(("không chín", "không ba", "không bảy", "không tám", "không năm"))
    if rng.random() < 0.2:  # read in groups
        return f"{head} {digits(2, rng)} " + " ".join(below_hundred(rng.randint(10, 99), region, rng) for _ in range(3))
    return f"{head} {digits(8, rng)}"


def full_name(rng: random.Random, test: bool) -> str:
    """A full name; one in six (by its letters) belongs to the test split only."""
    while True:
        middle = " ".join(rng.sample(MIDDLES, rng.choice((0, 1, 1, 1, 2))))
        given = rng.choice(GIVENS)
        name = " ".join(part for part in (rng.choice(SURNAMES), middle, given) if part)
        if (sum(map(ord, name)) % 6 == 0) == test:
            return name


def address(region: str, rng: random.Random) -> str:
    head = f"{rng.choice(('số ', 'số nhà ', ''))}{number(region, rng)}"
    alley = {"north": "ngõ", "central": "kiệt", "south": "hẻm"}[region]
    if rng.random() < 0.3:
        head = f"{alley} {number(region, rng)}"
    parts = [head, rng.choice(("đường ", "")) + rng.choice(STREETS)]
    if rng.random() < 0.6:
        parts.append(rng.choice(DISTRICTS))
    if rng.random() < 0.4:
        parts.append(rng.choice(PROVINCES))
    return " ".join(parts)
