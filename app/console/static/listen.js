// Chat page: one sentence through the browser's own speech recogniser, which sends the sound to the browser's maker.
// So nothing is made, asked for or heard before somebody has read that and agreed; a reload forgets the agreement.
"use strict";
(() => {
  const by = (id) => document.getElementById(id);
  const Recogniser = window.SpeechRecognition ?? window.webkitSpeechRecognition;
  const voice = by("voice"), button = by("voice-button"), consent = by("voice-consent"), field = by("chat-text");
  let agreed = false, ready = false, recogniser = null, heard = "", spoken = false;

  const tell = (state) => {
    by("voice-state").textContent = voice.getAttribute("data-say-" + state) ?? voice.getAttribute("data-say-other");
  };

  const draw = () => {
    const listening = recogniser !== null;
    voice.classList.toggle("listening", listening);
    by("voice-label").textContent = Recogniser ? voice.dataset[listening ? "stop" : "speak"] : voice.dataset.none;
    button.disabled = !Recogniser || !ready;
    field.readOnly = listening;
  };

  const stop = (state) => {
    const old = recogniser;
    recogniser = null;
    if (old) {
      old.onresult = old.onerror = old.onend = null; // what it still says is about a sentence that is over
      try { old.abort(); } catch { /* it never began */ }
    }
    if (state) tell(state);
    draw();
  };

  const hear = (event) => {
    const results = [...event.results];
    heard = results.map((result) => result[0].transcript).join("").trim().slice(0, field.maxLength);
    field.value = heard;
    if (!results.length || !results.every((result) => result.isFinal)) return;
    stop(heard ? "idle" : "no-speech");
    if (!heard) return;
    spoken = true;
    by("chat-form").requestSubmit(); // the way of typed text
  };

  const listen = () => {
    heard = "";
    try {
      recogniser = new Recogniser();
      Object.assign(recogniser, { lang: "vi-VN", interimResults: true, continuous: false, maxAlternatives: 1 });
      recogniser.onresult = hear;
      recogniser.onerror = (event) => stop(event.error);
      recogniser.onend = () => stop(heard ? "unfinished" : "no-speech");
      recogniser.start();
    } catch {
      stop("other");
      return;
    }
    tell("listening");
    draw();
  };

  button.addEventListener("click", () => {
    if (recogniser) stop("stopped");
    else if (agreed) listen();
    else consent.showModal();
  });
  by("voice-agree").addEventListener("click", () => {
    agreed = true;
    consent.close();
    if (ready) listen();
  });
  by("voice-refuse").addEventListener("click", () => consent.close());
  consent.addEventListener("close", () => { if (!agreed) tell("refused"); });

  // While the bot answers, and when the page is left, nobody listens.
  by("chat").addEventListener("chat-ready", (event) => {
    ready = event.detail;
    stop(recogniser && "idle");
    if (ready && spoken) button.focus();
    if (ready) spoken = false;
  });
  window.addEventListener("pagehide", () => { agreed = false; stop(); });

  tell(Recogniser ? "idle" : "missing");
  draw();
})();
