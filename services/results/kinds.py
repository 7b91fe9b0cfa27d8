"""What bytes are, told by their first few: for pictures to refuse and for files to name."""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ("DRAWN", "Kind", "kind_of", "suffix_for")


class Kind(NamedTuple):
    """A kind of file: its name for people, its suffix, its media type."""

    name: str
    suffix: str
    mime_type: str


DRAWN: Final = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "TIFF", "ICO")
"""The picture formats that are decoded, those of the web first; Pillow's names for them."""

_MAGIC: Final = (
    (0, b"\x89PNG\r\n\x1a\n", Kind("PNG", ".png", "image/png")),
    (0, b"\xff\xd8\xff", Kind("JPEG", ".jpg", "image/jpeg")),
    (0, b"GIF87a", Kind("GIF", ".gif", "image/gif")),
    (0, b"GIF89a", Kind("GIF", ".gif", "image/gif")),
    (8, b"WEBP", Kind("WEBP", ".webp", "image/webp")),
    (8, b"WAVE", Kind("WAV", ".wav", "audio/wav")),
    (4, b"ftypavis", Kind("AVIF", ".avif", "image/avif")),
    (4, b"ftypavif", Kind("AVIF", ".avif", "image/avif")),
    (4, b"ftyphei", Kind("HEIC", ".heic", "image/heic")),
    (4, b"ftypmif1", Kind("HEIC", ".heic", "image/heic")),
    (4, b"ftypM4A", Kind("M4A", ".m4a", "audio/mp4")),
    (4, b"ftyp", Kind("MP4", ".mp4", "video/mp4")),
    (0, b"\x00\x00\x01\x00", Kind("ICO", ".ico", "image/x-icon")),
    (0, b"II*\x00", Kind("TIFF", ".tiff", "image/tiff")),
    (0, b"MM\x00*", Kind("TIFF", ".tiff", "image/tiff")),
    (0, b"\xff\x0a", Kind("JPEG XL", ".jxl", "image/jxl")),
    (0, b"\x00\x00\x00\x0cJXL ", Kind("JPEG XL", ".jxl", "image/jxl")),
    (0, b"\x00\x00\x00\x0cjP  ", Kind("JPEG 2000", ".jp2", "image/jp2")),
    (0, b"8BPS", Kind("PSD", ".psd", "image/vnd.adobe.photoshop")),
    (0, b"%PDF-", Kind("PDF", ".pdf", "application/pdf")),
    (0, b"ID3", Kind("MP3", ".mp3", "audio/mpeg")),
    (0, b"\xff\xfb", Kind("MP3", ".mp3", "audio/mpeg")),
    (0, b"OggS", Kind("Ogg", ".ogg", "audio/ogg")),
    (0, b"fLaC", Kind("FLAC", ".flac", "audio/flac")),
    (0, b"\x1aE\xdf\xa3", Kind("WebM", ".webm", "video/webm")),
    (0, b"PK\x03\x04", Kind("ZIP", ".zip", "application/zip")),
    (0, b"\x1f\x8b", Kind("gzip", ".gz", "application/gzip")),
    (0, b"SQLite format 3\x00", Kind("SQLite", ".sqlite", "application/vnd.sqlite3")),
    (0, b"BM", Kind("BMP", ".bmp", "image/bmp")),
)
_RIFF: Final = {"WEBP", "WAV"}
_SVG: Final = Kind("SVG", ".svg", "image/svg+xml")

_BY_MIME: Final = {kind.mime_type: kind.suffix for _, _, kind in _MAGIC} | {
    "application/javascript": ".js",
    "application/json": ".json",
    "application/octet-stream": ".bin",
    "application/toml": ".toml",
    "application/x-yaml": ".yaml",
    "application/xml": ".xml",
    "application/yaml": ".yaml",
    "audio/x-wav": ".wav",
    "image/jpg": ".jpg",
    "image/svg+xml": ".svg",
    "text/css": ".css",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/javascript": ".js",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/xml": ".xml",
    "text/x-python": ".py",
    "text/yaml": ".yaml",
}


def kind_of(data: bytes) -> Kind | None:
    """The kind that the first bytes tell, or None."""
    for offset, magic, kind in _MAGIC:
        if data.startswith(magic, offset) and (kind.name not in _RIFF or data.startswith(b"RIFF")):
            return kind
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<svg") or (
        start.startswith((b"<?xml", b"<!doctype svg", b"<!--")) and b"<svg" in start
    ):
        return _SVG
    return None


def suffix_for(mime_type: str) -> str:
    """The suffix for a media type with or without parameters, or an empty string."""
    essence = mime_type.partition(";")[0].strip().lower()
    if essence in _BY_MIME:
        return _BY_MIME[essence]
    return ".json" if essence.endswith("+json") else ".xml" if essence.endswith("+xml") else ""
