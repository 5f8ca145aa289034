# %% [markdown]
# # Nhìn qua một chiến dịch
#
# *A first look at a campaign.*
#
# Chạy `make demo` trước: Alô gọi 24 khách hàng tổng hợp và để lại thư mục `alo-data`. Sổ tay này đọc lại mọi cuộc gọi thành
# các bảng pandas. *Run `make demo` first; this notebook reads what it left in `alo-data` into pandas frames.*
#
# **Khách hàng ở đây là tổng hợp** và nói theo kịch bản, bộ nhận dạng đi kèm cũng chỉ học từ giọng tổng hợp. Các con số cho thấy
# cách đo, không dự báo người thật. *Customers here are synthetic and follow scripts, and the embedded recogniser was trained on
# synthetic voices: the figures show how to measure, not what people will do.*

# %%
%matplotlib inline
import pandas as pd

import analytics
from analytics import latency, metrics, outcomes, plots, recognition

pd.options.display.float_format = "{:.3f}".format
data = analytics.load("alo-data")
print(f"{len(data.calls)} cuộc gọi, {len(data.turns)} lượt nói, {len(data.events)} sự kiện, {len(data.problems)} dòng lỗi")

# %% [markdown]
# ## Ba bảng: `calls`, `turns`, `events`
#
# Mỗi dòng của `calls` là một cuộc gọi, của `turns` một lượt nói, của `events` một sự kiện. Ý nghĩa từng cột ở
# [docs/analytics.md](../docs/analytics.md).

# %%
data.calls[["started_at", "region", "answered", "right_party", "disposition", "promise_date", "promise_amount", "turns",
            "duration_ms", "syllable_error"]].head(8)

# %%
longest = data.calls.sort_values("turns").iloc[-1]["conversation_id"]
call = data.turns[data.turns["conversation_id"] == longest]
call[["role", "text", "reference", "start_ms", "total_ms"]].head(12).style.hide(axis="index").set_uuid("call").format(na_rep="", precision=0)

# %% [markdown]
# ## Kết quả
# *Outcomes. Intervals are 95% Wilson intervals: with few calls they are wide, and that is the honest answer.*

# %%
outcomes.outcome_table(data.calls)

# %%
plots.outcome_plot(data.calls)

# %%
plots.funnel_plot(data.calls)

# %% [markdown]
# ## Các tỷ lệ chính
# *Key rates. Every rate states its numerator and denominator: `print(metrics.containment.doc)`.*

# %%
for name in ("connect_rate", "right_party_rate", "containment"):
    print(f"{name}: {metrics.RATES[name].doc}")
metrics.summary(data.calls)[["vi", "hits", "total", "rate", "low", "high"]]

# %%
plots.rate_plot(data.calls, by="region", names=["connect_rate", "contact_rate", "right_party_rate", "promise_rate"])

# %% [markdown]
# Tính theo người thay vì theo cuộc gọi: *per person instead of per call:*

# %%
pd.concat({"theo cuộc gọi": metrics.contact_rate(data.calls), "theo người": metrics.contact_rate(data.calls, per="contact")})

# %% [markdown]
# ## Lời hứa thanh toán
# *Promises to pay*

# %%
outcomes.promises(data.calls)

# %% [markdown]
# ## Khách chờ bao lâu mới nghe trả lời?
# *How long does the customer wait for an answer, and which part takes how long?*

# %%
latency.latency_table(data.turns)

# %%
plots.latency_plot(data.turns)

# %% [markdown]
# ## Nhận dạng tiếng nói
#
# Mô phỏng biết khách đã nói gì, nên đo được tỷ lệ âm tiết nhận sai (khoảng tin cậy bootstrap theo cuộc gọi).
# *The simulator knows what was said, so syllable error can be measured, with a bootstrap interval over calls.*

# %%
recognition.recognition_table(data.turns, data.calls, by="speaker_dialect")

# %%
plots.recognition_plot(data.turns, data.calls, by="noise")

# %%
recognition.worst_turns(data.turns, 8)[["reference", "text", "confidence", "syllable_errors"]]

# %% [markdown]
# ## Cảm xúc theo lượt nói
# *Sentiment along the call*

# %%
plots.sentiment_plot(data.turns, data.calls)

# %% [markdown]
# ## Alô có ghi đúng ý khách không?
# *Does what was recorded equal what the synthetic customer meant? Those that differ:*

# %%
known = data.calls[data.calls["truth"].notna()]
print(f"{(known['truth'] == known['disposition']).sum()} / {len(known)} cuộc gọi đúng")
known.loc[known["truth"] != known["disposition"], ["truth", "disposition"]].value_counts().rename("calls").reset_index()

# %% [markdown]
# ## Hỏi điều của riêng bạn
#
# Đây là pandas, nên câu hỏi nào cũng là vài dòng. Ví dụ: bot bị ngắt lời nhiều nhất ở câu nào?
# *This is pandas, so any question is a few lines. At which of its sentences is the bot interrupted most?*

# %%
bot = data.turns[data.turns["role"] == "bot"]
bot.groupby("template")["interrupted"].agg(["size", "mean"]).sort_values("mean", ascending=False).head(8)

# %% [markdown]
# Với nhiều hơn bộ nhớ chứa được, `analytics.scan` đọc từng phần. *For more than fits into memory, `analytics.scan` reads in pieces:*

# %%
sum(piece.calls["right_party"].sum() for piece in analytics.scan("alo-data", chunk=10))
