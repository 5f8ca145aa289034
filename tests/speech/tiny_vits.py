"""A tiny VITS made on the spot: the real architecture, file layout and three speakers, no knowledge.

``coqui_folder`` makes it under the Python that has coqui-tts, which may be another one (ALO_TEST_COQUI_PYTHON), since
``import TTS`` needs stand-ins that nothing else in the test run may see.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

_SPEAKERS = ("north", "central", "south")
_LETTERS = "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệfghiìíỉĩịjklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvwxyỳýỷỹỵz"
RATE_HZ = 16_000


def coqui_python() -> str:
    """The Python with coqui-tts; skips the test if there is none."""
    other = os.environ.get("ALO_TEST_COQUI_PYTHON")
    if not other and importlib.util.find_spec("TTS") is None:
        pytest.skip("`make models` installs coqui-tts, which tests of Coqui voices need")
    return other or sys.executable


def coqui_folder(temporary: pytest.TempPathFactory) -> Path:
    """The model's folder; made once per run."""
    folder = temporary.getbasetemp() / "vits"
    if not (folder / "model.pth").is_file():
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            [coqui_python(), "-m", "tests.speech.tiny_vits", str(folder)],
            cwd=Path(__file__).parents[2], capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
    return folder


def main(folder: Path) -> None:
    """config.json, model.pth and speakers.pth, as training leaves them."""
    from speech.synthesis import coqui_modules

    coqui_modules.install()
    import torch
    from TTS.config.shared_configs import BaseAudioConfig
    from TTS.tts.configs.shared_configs import CharactersConfig
    from TTS.tts.configs.vits_config import VitsArgs, VitsConfig
    from TTS.tts.models.vits import Vits
    from TTS.tts.utils.speakers import SpeakerManager

    torch.manual_seed(7)
    torch.set_num_threads(1)
    speakers = SpeakerManager()
    speakers.name_to_id = {name: number for number, name in enumerate(_SPEAKERS)}
    speakers.save_ids_to_file(str(folder / "speakers.pth"))
    size = VitsArgs(
        hidden_channels=32, hidden_channels_ffn_text_encoder=32, num_layers_text_encoder=1, num_layers_flow=1,
        num_layers_posterior_encoder=1, upsample_initial_channel_decoder=32, use_sdp=False, init_discriminator=False,
        resblock_kernel_sizes_decoder=[3], resblock_dilation_sizes_decoder=[[1, 3, 5]], speaker_embedding_channels=16,
        use_speaker_embedding=True, speakers_file=str(folder / "speakers.pth"),
    )  # fmt: skip
    config = VitsConfig(
        model_args=size, audio=BaseAudioConfig(sample_rate=RATE_HZ), use_phonemes=False, text_cleaner="basic_cleaners",
        characters=CharactersConfig(
            characters_class="TTS.tts.models.vits.VitsCharacters", characters=_LETTERS + _LETTERS.upper(),
            punctuations="!'(),-.:;? ", pad="<PAD>", phonemes="",
        ),
    )  # fmt: skip
    config.use_speaker_embedding, config.num_speakers = True, len(_SPEAKERS)
    config.speakers_file = str(folder / "speakers.pth")
    model = Vits(config)
    with torch.no_grad():
        for layer in (model.waveform_decoder.conv_pre, model.waveform_decoder.conv_post):
            layer.weight.mul_(25.0)  # as loud as a voice, though it says nothing
        model.duration_predictor.proj.bias.fill_(1.4)  # four frames a letter: 60 ms
    torch.save({"model": model.state_dict(), "config": config.to_dict()}, folder / "model.pth")
    config.save_json(str(folder / "config.json"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
