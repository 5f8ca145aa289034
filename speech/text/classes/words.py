"""Abbreviations, brands and the words that Roman numerals follow. Data, no decisions."""

from __future__ import annotations

ABBREVIATIONS: dict[str, str] = {
    "TP.HCM": "thành phố Hồ Chí Minh", "TP HCM": "thành phố Hồ Chí Minh",
    "TPHCM": "thành phố Hồ Chí Minh", "TP. HCM": "thành phố Hồ Chí Minh",
    "tp.hcm": "thành phố Hồ Chí Minh", "tp. hcm": "thành phố Hồ Chí Minh", "tphcm": "thành phố Hồ Chí Minh",
    "tp hcm": "thành phố Hồ Chí Minh", "Tp HCM": "thành phố Hồ Chí Minh",
    "Tp.HCM": "thành phố Hồ Chí Minh", "Tp. HCM": "thành phố Hồ Chí Minh", "HCM": "Hồ Chí Minh", "HN": "Hà Nội",
    "ĐBSCL": "đồng bằng sông Cửu Long", "BR-VT": "Bà Rịa Vũng Tàu", "VN": "Việt Nam", "VNĐ": "việt nam đồng",
    "UBND": "ủy ban nhân dân", "HĐND": "hội đồng nhân dân", "CCCD": "căn cước công dân", "CMND": "chứng minh nhân dân",
    "BHXH": "bảo hiểm xã hội", "BHYT": "bảo hiểm y tế", "CSKH": "chăm sóc khách hàng", "KH": "khách hàng",
    "SĐT": "số điện thoại", "ĐT": "điện thoại", "STK": "số tài khoản", "MST": "mã số thuế", "TK": "tài khoản",
    "ÂL": "âm lịch", "HSD": "hạn sử dụng", "NSX": "ngày sản xuất", "GD": "giao dịch", "PGD": "phòng giao dịch",
    "NV": "nhân viên", "GĐ": "giám đốc", "A/C": "anh chị", "Đ/C": "địa chỉ", "SL": "số lượng", "BV": "bệnh viện",
    "TTTM": "trung tâm thương mại", "CTKM": "chương trình khuyến mãi", "TVV": "tư vấn viên", "KTV": "kỹ thuật viên",
    "GTGT": "giá trị gia tăng", "VAT": "vê a tê", "GPLX": "giấy phép lái xe", "HKTT": "hộ khẩu thường trú",
    "PGS.TS": "phó giáo sư tiến sĩ",
    "PGS. TS": "phó giáo sư tiến sĩ", "GS.TS": "giáo sư tiến sĩ", "HĐ": "hợp đồng",
    "TMCP": "thương mại cổ phần", "TNCN": "thu nhập cá nhân",
    "TNHH": "trách nhiệm hữu hạn", "CTCP": "công ty cổ phần", "NHNN": "ngân hàng nhà nước", "CSGT":
    "cảnh sát giao thông", "TTTT": "thông tin truyền thông", "ĐH": "đại học", "CĐ": "cao đẳng", "THPT":
    "trung học phổ thông", "THCS": "trung học cơ sở", "KCN": "khu công nghiệp", "KĐT": "khu đô thị", "QL":
    "quốc lộ", "TL": "tỉnh lộ", "GS.": "giáo sư", "PGS.": "phó giáo sư", "TS.": "tiến sĩ", "ThS.": "thạc sĩ", "BS.":
    "bác sĩ", "LS.": "luật sư", "v.v.": "vân vân", "v.v": "vân vân", "vs": "với", "QĐ": "quyết định", "NĐ-CP":
    "nghị định chính phủ", "TT-BTC": "thông tư bộ tài chính", "OTP": "ô tê pê", "ATM": "ây ti em", "SMS":
    "ét em ét", "USB": "u ét bê", "VIP": "víp", "ID": "ai đi",
    "CN": "chủ nhật", "T2": "thứ hai", "T3": "thứ ba", "T4": "thứ tư", "T5": "thứ năm", "T6":
    "thứ sáu", "T7": "thứ bảy", "PIN": "pin", "QR": "quy a", "GDP": "gi đi pi",
    "CEO": "xi i ô", "AI": "ây ai", "IT": "ai ti", "HIV": "hát i vê", "ASEAN": "a xê an", "WHO": "vê kép hát o",
}  # fmt: skip
del ABBREVIATIONS["VNĐ"], ABBREVIATIONS["AI"], ABBREVIATIONS["HN"]  # currency; "AI" and "HN" are words in capitals

BRANDS: dict[str, str] = {
    "covid": "cô vít", "covid-19": "cô vít mười chín", "sars-cov-2": "xa cô vi hai", "wi-fi": "oai phai",
    "e-mail": "i meo", "k-pop": "cây póp", "t-shirt": "ti sớt",
    "zalo": "da lô", "facebook": "phây búc", "google": "gu gồ", "youtube": "diu túp", "tiktok": "tích tóc",
    "shopee": "sóp pi", "lazada": "la da đa", "viettel": "viết teo", "vinaphone": "vi na phôn", "mobifone":
    "mô bi phôn", "momo": "mô mô", "grab": "gờ ráp", "internet": "in tơ nét", "wifi": "oai phai", "website":
    "oép sai", "online": "on lai", "offline": "óp lai", "email": "i meo", "hotline": "hót lai", "app": "áp",
    "iphone": "ai phôn", "samsung": "sam sung", "apple": "áp pồ", "marketing": "ma két ting", "livestream":
    "lai chim", "voucher": "vau chờ", "sale": "seo", "shipper": "síp pờ", "ship": "síp", "check": "chéc", "gmail":
    "gi meo", "techcombank": "tếch com banh", "vietcombank": "việt com banh", "vietinbank": "việt tin banh",
    "sacombank": "sa com banh", "agribank": "a ri banh", "booking": "búc king", "video": "vi đê ô", "chatbot":
    "chát bót", "callbot": "con bót", "vietjet": "việt chét", "bamboo": "bam bu", "laptop": "láp tóp", "smartphone":
    "sờ mát phôn", "netflix": "nét phờ lít", "messenger": "mét sen dờ", "amazon": "a ma dôn",
}  # fmt: skip

WEEKDAYS: frozenset[str] = frozenset(["CN", "T2", "T3", "T4", "T5", "T6", "T7"])
KINGS: frozenset[str] = frozenset(
    "louis henry elizabeth charles george edward william philip napoleon paul benedict gregory rama đệ".split()  # noqa: SIM905
)
"""Names that a Roman numeral in capitals follows."""

ROMAN_CUES: frozenset[str] = frozenset(
    """kỷ kỉ chương mục phần khoản điều đoạn lục khóa khoá thứ số năm quý đại hội lần tập quyển hồi loại cấp hạng
    vua bảng tiết bậc ii kỳ kì vòng đợt nhóm type giai""".split()  # noqa: SIM905
)
