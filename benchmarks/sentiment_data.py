"""Made-up labelled comments in Vietnamese, for benchmarks and tests: students, social media, bank customers.

All phrases are ours. What makes them hard is meant to be like life: a rare label, mixed clauses, praise for one thing
in a complaint about another, wishes that sound neutral, irony, chat spellings, texts without marks, typing errors,
labels that annotators would dispute, and phrases of which each split lacks some.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence

Row = tuple[str, str]
"""Text and label."""

STUDENT_THINGS = """\
thầy;cô;giảng viên;thầy cô;giáo viên;bài giảng;slide;môn học;giáo trình;phòng thực hành;phòng học;máy chiếu;
bài tập;đồ án;đề thi;cách chấm điểm;chương trình học;nội dung môn;lớp;trợ giảng;phòng máy;wifi;
thời khóa biểu;tài liệu;phương pháp dạy;tiến độ;lịch học;thư viện;giọng nói của thầy;cách truyền đạt;
kiến thức;ví dụ;phần lý thuyết;buổi thực hành;điều hòa;bàn ghế;phòng đào tạo;nhà xe;căn tin;
hệ thống đăng ký học phần;chuẩn đầu ra;khối lượng bài"""
STUDENT = {
    "positive": """\
nhiệt tình;dạy rất dễ hiểu;tận tâm với sinh viên;truyền đạt tốt;vui tính và gần gũi;rất chi tiết;
đầy đủ và rõ ràng;giải đáp thắc mắc tận tình;có nhiều ví dụ thực tế;giúp sinh viên hiểu bài nhanh;
tạo không khí thoải mái;sát với thực tế;bổ ích;rất hay;tốt;chuẩn bị kỹ;luôn đúng giờ;quan tâm đến sinh viên;
kiến thức sâu rộng;dạy có tâm;em học được rất nhiều;không có gì để chê;ước gì môn nào cũng được như vậy;
lần sau em vẫn đăng ký lớp này;cho em thêm động lực;thực hành ngay tại lớp;khuyến khích sinh viên phát biểu;
em rất thích;hợp lý;sôi nổi;trả lời mail ngay trong đêm;nhờ vậy em mới yêu ngành này;giảng một lần là nhớ;
rất tâm lý;dễ thương;thân thiện;lắng nghe ý kiến;trình bày mạch lạc;đáng để học;cung cấp đủ tài liệu;
hiện đại;sạch sẽ;cập nhật thường xuyên;không làm khó sinh viên;chấm công bằng;không hề buồn ngủ""",
    "negative": """\
dạy khó hiểu;nói quá nhanh;chỉ đọc slide;đi trễ;hay cho nghỉ không báo trước;
giọng nhỏ ngồi sau không nghe được;khô khan;buồn ngủ;bài tập quá nhiều;thời lượng quá ít;chưa sát thực tế;
quá cũ;máy hay bị hư;thiếu ví dụ;không trả lời câu hỏi;chấm điểm không công bằng;nóng và chật;
hướng dẫn sơ sài;lan man;không đúng với đề cương;mạng yếu;quá khó so với năng lực;không giải thích kỹ;
cần bổ sung thêm bài tập;nên giảm lý thuyết;cần cải thiện cách dạy;nên nói chậm lại;
học xong không biết dùng làm gì;ra đề một đằng dạy một nẻo;cả lớp không ai hiểu gì;em phải tự học hết;
chưa nhiệt tình;không tâm huyết;ít tương tác;dồn vào cuối kỳ;không có tài liệu tiếng việt;
đáng lẽ phải có thực hành;mong thầy xem lại;hơi nhàm chán;mất thời gian;áp lực;thiếu thốn;
không dễ hiểu chút nào;lên lớp như cho có;nên mua máy mới;bàn ghế gãy mà chẳng ai sửa;vào điểm chậm;
không thể đăng ký được""",
    "neutral": """\
bình thường;không có ý kiến;tạm ổn;cũng được;em chưa có nhận xét;không có;tùy môn;vừa phải;
học theo chương trình của khoa;dạy theo giáo trình;có ba buổi một tuần;em học lớp ca sáng;mức trung bình;
không tốt cũng không tệ;chấp nhận được;có điểm được có điểm chưa được;thi cuối kỳ trắc nghiệm;
không góp ý gì thêm;như các môn khác;em không rõ""",
}  # fmt: skip
SOCIAL = {
    "enjoyment": """\
vui quá;thích ghê;cười xỉu;đáng yêu quá;xinh quá trời;yêu anh này rồi;ngưỡng mộ luôn;chúc mừng bạn nhé;
hạnh phúc nhé hai bạn;tuyệt vời;nghe là thấy yêu đời;cảm ơn ad nhiều;cho xin link với;đỉnh của chóp;
đã tai ghê;mê cái giọng này;hóng tập sau;nhìn mà ấm lòng;ủng hộ hết mình;coi hoài không chán;
dễ thương hết sức;nhìn con bé mà cưng;tag crush vô đây;cuối cùng cũng đậu rồi;đi ăn mừng thôi;
thèm quá đi mất;nghe đi nghe lại cả ngày;quá là có tâm;trộm vía bé;sống vậy mới đáng sống""",
    "sadness": """\
buồn quá;tội nghiệp ông cụ;thương mẹ;rơi nước mắt;đau lòng thật;nhớ nhà quá;mệt mỏi với cuộc sống này;
cô đơn;lại một mình;giá như ngày đó;khóc hết nước mắt;sao số mình khổ vậy;thất vọng về bản thân;
xin chia buồn với gia đình;chia tay rồi;không còn ai bên cạnh;muốn về quê;thương mấy đứa nhỏ;
ước gì được gặp lại ngoại;tiếc cho một người tài;nghe mà nghẹn;trượt rồi mọi người ạ;hết hy vọng;
người tốt sao ra đi sớm;nhìn mẹ già đi mà xót;chẳng ai hiểu mình;cố gắng rồi mà vẫn vậy;mất hết rồi""",
    "anger": """\
tức quá;đồ vô ơn;bố láo;đánh cho một trận;mất dạy;điên máu;phải xử nặng;cút đi;ức chế thật sự;
sao không bắt nó đi;làm ăn kiểu gì vậy;báo công an ngay;chửi cho nó tỉnh;loại này phải tử hình;
quá đáng vừa thôi;lừa dân à;im đi cho nhờ;đọc mà sôi máu;đừng để tao gặp;ghét cay ghét đắng;trả tiền đây;
mày nghĩ mày là ai;chịu hết nổi rồi;bênh chằm chặp;cho nó ngồi tù""",
    "disgust": """\
kinh tởm;giả tạo;nhảm nhí;nhìn mà muốn ói;mặt dày thật;rẻ tiền;xàm xí;vô văn hóa;hết thuốc chữa;
loại đạo đức giả;diễn sâu quá;lố lăng;bẩn thỉu;rác;phim dở tệ;hát như đọc;ăn nói thô tục;khoe khoang;
thảo mai phát ớn;coi thường người khác;chả ra làm sao;mê trai bỏ con;câu like rẻ tiền;không ngửi nổi;
tham lam;sân si;hạng người này;bó tay với cái nết;đú đởn;nhìn là biết hàng dỏm""",
    "fear": """\
sợ quá;nổi da gà;nghe mà rợn;không dám đi đêm nữa;ám ảnh luôn;run cầm cập;đừng dọa em;lo cho con quá;
mất ngủ mấy hôm rồi;giật cả mình;nhìn ghê quá;tim đập thình thịch;ở nhà một mình mà xem cái này;
hồi hộp chết được;lỡ nó rớt thì sao;hoang mang thật;mai thi rồi mà chưa học gì;ai đi cùng với;
cho con ra đường cũng lo;thấy bóng trắng sau lưng;ớn lạnh""",
    "surprise": """\
thật không vậy;không thể tin được;ủa sao kỳ vậy;trời ơi thật hả;lần đầu tiên thấy;ai ngờ đâu;hóa ra là vậy;
sốc nặng;bất ngờ ghê;cái gì thế này;ảo thật đấy;ơ tưởng hai người này chia tay;wow;quá nhanh quá nguy hiểm;
giờ mới biết;ủa alo;đùa à;làm sao mà được như thế;mới đó mà;không ngờ luôn""",
    "other": """\
mấy giờ chiếu vậy;ở đâu vậy bạn;giá bao nhiêu;inbox mình nhé;ai biết chỗ bán không;hình như là quận 3;
cho hỏi phim gì;đã gửi tin nhắn;tao nghĩ là khác;thì cũng tùy người;bữa nào đi cà phê;học bài đi mấy đứa;
mai mấy giờ đi;chấm;hóng;theo mình thì nên mua loại kia;xem ở kênh nào;để tối về coi;mình cũng có một cái;
nghe nói là tháng sau;hỏi thử coi;lên đại học mới học cái này;bài này của ai;có ai chơi không;
nó giống con mèo nhà tao;thôi ngủ đây;ừ thì vậy;ông kia là bố nó mà""",
}  # fmt: skip
SOCIAL_SHARE = {
    "enjoyment": 0.28, "disgust": 0.19, "other": 0.19, "sadness": 0.17, "anger": 0.07, "fear": 0.06, "surprise": 0.04,
}  # fmt: skip
SOCIAL_FILL = """\
trời ơi;nói chung;thiệt tình;haizz;mấy bữa nay;nhìn lại;đọc xong;coi xong clip;nghe xong bài này;mấy ông ạ;
các mẹ ơi;anh em ơi;đúng là;công nhận;kiểu;mới sáng ra;tự nhiên;chắc;mà thôi;đến giờ;hồi xưa;con bạn tao;
ông chú hàng xóm;bà chủ trọ;sếp tao;thằng em;người yêu cũ;đội mình;phim này;bài này;quán này;video này;
cái trend này;lớp mình;công ty mình;hôm qua;tối nay;thật sự;chỉ biết nói là;ad ơi"""
BANK_THINGS = """\
thẻ tín dụng;thẻ ghi nợ;app;ứng dụng;tổng đài;nhân viên giao dịch;lãi suất;phí thường niên;phí chuyển khoản;
internet banking;máy atm;chi nhánh;khoản vay;thủ tục vay;thẻ visa;sms banking;chương trình hoàn tiền;
điểm thưởng;trả góp;hạn mức;bảo mật;otp;tài khoản;phòng giao dịch;dịch vụ;chăm sóc khách hàng;gửi tiết kiệm;
ví điện tử"""
BANK = {
    "negative": """\
chờ cả tiếng không ai nghe;phí cao quá;bị trừ tiền vô lý;nuốt thẻ mà không ai giải quyết;lỗi liên tục;
không đăng nhập được;gọi mười lần không bắt máy;nhân viên thái độ;làm thẻ cả tháng chưa xong;tự ý thu phí;
hứa mà không làm;thủ tục rườm rà;mất tiền mà không báo;quảng cáo một đằng làm một nẻo;đừng dùng;
mình hủy thẻ rồi;chán chẳng buồn nói;lãi cắt cổ;bắt mua bảo hiểm mới cho vay;bắt đi lại năm lần;
cuối tuần là máy hết tiền;từ chối không nêu lý do;gọi mời vay suốt ngày;tra soát hai tuần chưa thấy tiền;
đẩy qua đẩy lại;cập nhật xong là treo;tốn thời gian;không bao giờ quay lại;lừa khách hàng;
thu đủ thứ phí trên đời;thua xa ngân hàng khác;xem lại đi""",
    "positive": """\
rất tiện;nhân viên nhiệt tình;miễn phí chuyển khoản;duyệt vay nhanh;hoàn tiền đều;giao diện đẹp;
dùng mấy năm rồi vẫn tốt;làm thẻ mười phút là xong;tư vấn kỹ;lãi suất tốt;ưu đãi nhiều;hài lòng;
không mất phí gì;luôn ủng hộ;tin tưởng;gửi tiền ở đây yên tâm;xử lý nhanh gọn;app chạy mượt;
được tặng quà sinh nhật;phục vụ chu đáo;chuyển tiền trong tích tắc;chưa bao giờ bị lỗi;
giới thiệu cả nhà dùng;tổng đài nghe máy ngay;dễ dùng;lễ phép;đang xài rất ok;đáng dùng nhất""",
    "neutral": """\
làm thẻ cần giấy tờ gì;lãi suất bao nhiêu một năm;chi nhánh nào gần quận 7;mở tài khoản ở đâu;
cho mình hỏi biểu phí;bao lâu thì có thẻ;có làm việc thứ bảy không;mình ở tỉnh thì làm sao;
lương bao nhiêu thì được vay;inbox tư vấn giúp;đổi số điện thoại thế nào;vay ba trăm triệu được không;
hạn mức tối thiểu là mấy""",
}  # fmt: skip
EMOJI = {
    "good": [":))", "😂", "❤️", "😍", "<3", ":D", "👍", "^^", "🥰", "=))"],
    "bad": [":(", "😭", "😡", ":((", "😢", "💔", "🤬", "T_T", "-_-", "😒"],
    "any": [":v", "...", "!", "=))", "🙂", "😅", "?", "!!!", ":3", "😱"],
}
TEEN = {
    "không": "ko|k|hok|khum", "được": "dc|đc", "quá": "wá|quáaa|qá", "rồi": "r|rùi", "vậy": "z|zậy",
    "gì": "j|jì", "biết": "bít|bik", "yêu": "iu", "thích": "thik", "nhiều": "nhìu",
    "mình": "mk|mik", "người": "ng", "cũng": "cx|cg", "với": "vs", "thôi": "thoii",
    "giờ": "h", "trời": "trờiii|chời", "luôn": "lun", "như": "nhu", "bạn": "b|bn",
    "vui": "zui|vuiii", "buồn": "buồnnn|bùn", "thật": "thặc",
}  # fmt: skip


def _list(text: str) -> list[str]:
    return [one.strip() for one in text.replace("\n", "").split(";")]


def _zipf(rng: random.Random, options: Sequence[str]) -> str:
    """Earlier ones far more often, as in life."""
    return options[min(int(len(options) * rng.random() ** 1.6), len(options) - 1)]


class _Phrases:
    """\
The phrases of a label; in each split another twelfth is missing."""

    def __init__(self, table: dict[str, str], split: str) -> None:
        rng = random.Random(f"phrases {split}")
        self._kept = {}
        for label, text in table.items():
            every = _list(text)
            random.Random(label).shuffle(every)
            gone = set(rng.sample(every, len(every) // 12))
            self._kept[label] = [phrase for phrase in every if phrase not in gone]

    def one(self, rng: random.Random, label: str) -> str:
        return _zipf(rng, self._kept[label])


def _typed(rng: random.Random, text: str, chatty: float) -> str:
    """As people type: chat spellings, no marks, slips, shouting."""
    if rng.random() < 0.25 * chatty:
        text = unicodedata.normalize("NFD", text.replace("đ", "d"))
        text = "".join(c for c in text if not unicodedata.combining(c))
    words = []
    for word in text.split():
        if word in TEEN and rng.random() < 0.6 * chatty:
            word = rng.choice(TEEN[word].split("|"))
        elif len(word) > 3 and rng.random() < 0.01 + 0.02 * chatty:
            k = rng.randrange(len(word) - 1)
            word = word[:k] + word[k + 1] + word[k] + word[k + 2 :]
        elif rng.random() < 0.02 * chatty:
            word += word[-1] * rng.randint(2, 4)
        words.append(word)
    text = " ".join(words)
    return text.upper() if rng.random() < 0.02 * chatty else text


def _noisy(rng: random.Random, label: str, labels: Sequence[str], share: float) -> str:
    return rng.choice([other for other in labels if other != label]) if rng.random() < share else label


def students(count: int, split: str, seed: int = 0) -> list[Row]:
    """\
Feedback on courses; 4 % are neutral."""
    rng, phrases, things = random.Random(f"students {split} {seed}"), _Phrases(STUDENT, split), _list(STUDENT_THINGS)
    made = []
    for _ in range(count):
        label = rng.choices(("positive", "negative", "neutral"), (0.5, 0.46, 0.04))[0]
        other = "negative" if label == "positive" else "positive"
        parts = [f"{_zipf(rng, things)} {phrases.one(rng, label)}" if rng.random() < 0.75 else phrases.one(rng, label)]
        if label != "neutral" and rng.random() < 0.45:
            parts.append(f"{_zipf(rng, things)} {phrases.one(rng, label)}")
        if label != "neutral" and rng.random() < 0.16:  # mixed: what follows "nhưng" counts
            parts = [
                f"{_zipf(rng, things)} {phrases.one(rng, other)}",
                rng.choice(["nhưng", "tuy nhiên", "mà"]) + " " + parts[0],
            ]
        elif label == "negative" and rng.random() < 0.06:
            parts.append("em cảm ơn thầy")
        joined = rng.choice([" , ", " và ", " . ", " , "]).join(parts)
        made.append(
            (_typed(rng, joined + rng.choice(["", " .", "", " ạ ."]), 0.1), _noisy(rng, label, tuple(STUDENT), 0.03))
        )
    return made


def social(count: int, split: str, seed: int = 0) -> list[Row]:
    """Comments with one of seven emotions."""
    rng, phrases, fill = random.Random(f"social {split} {seed}"), _Phrases(SOCIAL, split), _list(SOCIAL_FILL)
    near = {"anger": "disgust", "disgust": "anger", "sadness": "other", "other": "enjoyment", "enjoyment": "other",
            "fear": "sadness", "surprise": "other"}  # fmt: skip
    made = []
    for _ in range(count):
        label = rng.choices(tuple(SOCIAL_SHARE), tuple(SOCIAL_SHARE.values()))[0]
        parts = [_zipf(rng, fill)] if rng.random() < 0.6 else []
        parts.append(phrases.one(rng, label))
        if rng.random() < 0.4:
            parts.append(_zipf(rng, fill) if rng.random() < 0.5 else phrases.one(rng, label))
        if rng.random() < 0.2:
            parts.append(phrases.one(rng, near[label]))
        if rng.random() < 0.45:
            mood = (
                "good" if label == "enjoyment" else "bad" if label in ("sadness", "anger", "disgust", "fear") else "any"
            )
            parts.append(rng.choice(EMOJI[mood if rng.random() < 0.7 else "any"]))
        noise = near[label] if rng.random() < 0.14 else _noisy(rng, label, tuple(SOCIAL), 0.04)
        made.append((_typed(rng, " ".join(parts), 0.6), noise))
    return made


def bank(count: int, split: str, seed: int = 0) -> list[Row]:
    """Comments of bank customers."""
    rng, phrases, things = random.Random(f"bank {split} {seed}"), _Phrases(BANK, split), _list(BANK_THINGS)
    made = []
    for _ in range(count):
        label = rng.choices(("negative", "positive", "neutral"), (0.5, 0.42, 0.08))[0]
        parts = [f"{_zipf(rng, things)} {phrases.one(rng, label)}" for _ in range(rng.choice((1, 1, 2)))]
        if label == "negative" and rng.random() < 0.08:
            parts.append(rng.choice(["giỏi thật", "tuyệt vời ghê", "phục vụ tốt quá nhỉ", "cảm ơn nhiều nhé"]))  # irony
        if label != "neutral" and rng.random() < 0.12:
            parts.insert(
                0, f"{_zipf(rng, things)} {phrases.one(rng, 'positive' if label == 'negative' else 'negative')} nhưng"
            )
        if rng.random() < 0.2:
            parts.append(rng.choice(EMOJI["any"]))
        made.append(
            (_typed(rng, rng.choice([", ", " ", ". "]).join(parts), 0.3), _noisy(rng, label, tuple(BANK), 0.02))
        )
    return made


SETS = {"students": (students, 11_400, 3_200), "social": (social, 5_500, 700), "bank": (bank, 2_000, 500)}
"""Name → generator, rows to learn from, rows to test."""
