// Chat page: posts what the customer types, shows what the agent answers and records.
"use strict";
(() => {
  const by = (id) => document.getElementById(id);
  const token = document.querySelector("meta[name=csrf]").content;
  const words = by("chat").dataset;
  let chat = null, busy = false;

  const post = async (url, body) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", "x-csrf-token": token },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error || words.failed);
    return answer;
  };

  const bubble = (role, text) => {
    const item = document.createElement("li");
    item.className = "turn " + role;
    if (role !== "note" && role !== "note alert") {
      const head = document.createElement("div");
      head.className = "turn-head";
      head.append(Object.assign(document.createElement("b"), { textContent: words[role] }));
      item.append(head, Object.assign(document.createElement("div"), { className: "bubble", textContent: text }));
    } else item.textContent = text;
    by("chat-log").append(item);
    by("chat-log").scrollTop = by("chat-log").scrollHeight;
    return item;
  };

  const enable = (on) => {
    for (const id of ["chat-text", "chat-send", "chat-hangup", "chat-silence"]) by(id).disabled = !on;
    if (on) by("chat-text").focus();
    by("chat").dispatchEvent(new CustomEvent("chat-ready", { detail: on })); // for listen.js
  };

  const show = (answer) => {
    for (const said of answer.said) bubble("bot", said);
    for (const note of answer.notes) bubble("note alert", note);
    for (const event of answer.events) {
      const item = document.createElement("li");
      item.append(Object.assign(document.createElement("b"), { textContent: event.type }), " " + event.data);
      by("chat-events").append(item);
    }
    by("chat-events").scrollTop = by("chat-events").scrollHeight;
    if (answer.outcome) {
      by("chat-outcome").hidden = false;
      by("chat-result").textContent = answer.outcome;
      by("chat-detail").textContent = answer.detail;
      by("chat-saved").href = "/calls/" + chat;
    }
    if (answer.finished) bubble("note", words.finished);
    enable(!answer.finished);
    if (answer.finished) chat = null;
  };

  const turn = async (url, body) => {
    if (busy) return;
    busy = true;
    enable(false);
    const typing = bubble("bot", "");
    const dots = Object.assign(document.createElement("span"), { className: "typing" });
    for (let i = 0; i < 3; i++) dots.append(document.createElement("i"));
    typing.querySelector(".bubble").append(dots);
    try {
      const answer = await post(url, body);
      typing.remove();
      if (answer.chat) { chat = answer.chat; by("chat-who").textContent = answer.who; }
      show(answer);
    } catch (error) {
      typing.remove();
      bubble("note alert", error.message);
      enable(chat !== null);
    }
    busy = false;
  };

  by("chat-start").addEventListener("submit", (event) => {
    event.preventDefault();
    by("chat-log").replaceChildren();
    by("chat-events").replaceChildren();
    by("chat-outcome").hidden = true;
    turn("/chat/start", { flow: by("chat-flow").value, customer: Number(by("chat-customer").value) });
  });
  by("chat-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = by("chat-text").value.trim();
    if (!text || !chat || busy) return;
    by("chat-text").value = "";
    bubble("customer", text);
    turn(`/chat/${chat}/say`, { text });
  });
  by("chat-silence").addEventListener("click", () => {
    if (!chat || busy) return;
    bubble("note", words.silence);
    turn(`/chat/${chat}/silence`, {});
  });
  by("chat-hangup").addEventListener("click", () => { if (chat) turn(`/chat/${chat}/hangup`, {}); });
})();
