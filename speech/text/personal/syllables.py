"""Syllables of Vietnamese names of people and places (lower case, NFC)."""

from __future__ import annotations

from speech.text.scan import words_of

SURNAMES = frozenset(
    words_of(
        """
    nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đinh trương mai lâm đoàn trịnh hà cao
    lương tạ tô phùng châu vương quách kiều thái lưu triệu la tăng từ chu nông thạch ninh doãn khổng giang mạc âu
    tôn viên ông ung nghiêm đào đàm hứa lại lục mã mạch nhan nhâm ngụy phí quan quản sơn tiêu tống trang ứng văn vi
    vòng xa danh kim lò lường cầm hoàng quàng giàng thào sùng vàng hầu chế cù diệp bành bạch biện khuất khúc lều
    liễu lộc mẫn thân tòng thiều trà
    """
    )
)
CERTAIN_SURNAMES = frozenset(
    words_of(
        """
    nguyễn trần lê phạm huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương đinh trương đoàn trịnh phùng quách doãn tạ lý
    hoàng lương lưu đào đàm tô tống mạc lâm cao hà tăng thái châu vương
    """
    )
)
NAMES = frozenset(
    words_of(
        """
    an bình bảo bích châu chi chiến cường cúc dung duyên dũng dương diệp đạt điệp đức đông đào giang hà hải hạnh
    hằng hân hiền hiếu hoa hòa hoà hoàng hồng huệ hùng hưng hương huy huyền khánh khoa khôi kiên kiệt lan lâm linh
    loan lộc long lợi lực ly mai mạnh minh my mỹ nam nga ngân nghĩa ngọc nguyên nguyệt nhã nhàn nhân nhi nhung như
    ninh nương oanh phát phong phú phúc phương phượng quân quang quốc quý quyên quỳnh sang sinh sơn tài tâm tân thái
    thắm thanh thành thảo thắng thi thịnh thoa thơ thu thủy thuỷ thúy thuý thương thư tiên tiến toàn trâm trang trí
    trinh trúc trung trường tú tuấn tùng tuyền tuyết uyên vân việt vinh vũ vương xuân yến tí tèo út luận nhật thiện
    văn thị hữu hoài gia anh công đình diễm cẩm tường duy thùy thuỳ kim bá tấn phước thế viết trọng danh đăng nhất
    sỹ sĩ chí hậu ái liên liễu lệ mận nhài nga nết nụ phấn phi quế sâm sen sương tằm thêu thiên thuận thục tịnh tố
    trà tình tường vi vui vy hạ hảo hậu lam diệu mẫn miên na khang khải kha khiêm khương lân luân lương lưu nghi
    nghị nhuận phụng quyền quyết sáng tạo tiệp thạch thạnh tính toại toản triết triều triệu trực tuân tuệ tưởng tỵ
    vỹ vĩ vượng đan đoan đoàn ánh ân bách bằng ca cảnh cát chung chương cương dân dậu doanh điền định đỉnh độ giáp
    giàu hào hiển hiệp hoan hợp huân huấn kỳ lành lãm liêm lĩnh mười năm sáu bảy hai ba bốn chín tám
    """
    )
)
NUMBER_NAMES = frozenset(["hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười"])
"""Given names that are mostly numbers: names only behind a surname."""

PLACES = frozenset(
    words_of(
        """
    hà nội hải phòng dương hưng yên nam định thái bình ninh vĩnh phúc bắc giang quảng lạng sơn cao bằng tuyên quang
    nguyên phú thọ bái lào cai la điện biên lai châu hòa hoà thanh hóa hoá nghệ an tĩnh trị huế thừa thiên đà nẵng
    ngãi khánh nha trang thuận kon tum con gia lâm đồng lạt phước tây bến tre tiền trà vinh long tháp kiên cần thơ
    hậu sóc trăng bạc liêu cà mau biên quy nhơn mỹ tho rạch giá hạ việt trì thủ đức sài gòn hồ chí minh đắk đắc lắk
    lắc nông bà rịa vũng tàu buôn ma thuột nguyễn trãi lê lợi trần đạo huệ duẩn trưng lý thường kiệt phan chu trinh
    đình phùng cách mạng phủ võ văn linh phạm lạc quân âu cơ hoàng diệu trung thị khai tôn thắng sỹ xô viết tĩnh
    trường chinh giải phóng xiển láng kim mã cầu giấy xuân thủy tô hiến thành chiểu bạch đằng hùng vương phong gò
    vấp tân thạnh nhuận đống đa mai củ chi hóc môn đông anh đoài đoàn kết lương bằng ngọc hồi cộng hòa cống quỳnh
    bùi xương trạch hai bà hữu huy tự lập nhất thống sư vạn hạnh xa lộ khuất duy tiến tố mỗ trì chiến mễ
    nai kiều anh ninh
    """
    )
)
