"""The columns an intake file may have, in Indonesian and English, and how each is explained in the template."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

EXAMPLE_REQUEST_NUMBER = "CONTOH-0001"
"""A row with this number is the template's own example and is never taken in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `field` is also its English heading, `heading` the Indonesian one used in templates and reports."""

    field: str
    heading: str
    note: str
    example: str
    required: bool = False
    aliases: tuple[str, ...] = ()


COLUMNS: tuple[Column, ...] = (
    Column(
        field="request_number",
        heading="nomor_permohonan",
        note="Nomor dari aplikasi asal. Baris dengan nomor yang sama hanya masuk satu kali.",
        example=EXAMPLE_REQUEST_NUMBER,
        aliases=("no permohonan", "nomor registrasi", "no registrasi", "no reg", "no request"),
    ),
    Column(
        field="kind",
        heading="jenis",
        note="Jenis dokumen: KTP-el, KIA, KK, Akta Kelahiran, …",
        example="KTP-el",
        required=True,
        aliases=("jenis dokumen", "jenis dok", "document kind", "document type"),
    ),
    Column(
        field="nik",
        heading="nik",
        note="16 angka, kolom berformat Teks. NIK yang tersimpan sebagai angka ditolak karena digitnya bisa hilang.",
        example="3505104107900012",
        required=True,
        aliases=("no nik", "nomor nik", "nik pemohon"),
    ),
    Column(
        field="name",
        heading="nama",
        note="Nama penerima seperti tertulis di dokumen.",
        example="SITI AMINAH",
        required=True,
        aliases=("nama lengkap", "nama pemohon", "nama penerima", "full name", "recipient"),
    ),
    Column(
        field="phone",
        heading="telepon",
        note="Nomor HP penerima, misalnya 081234567890. Boleh kosong.",
        example="081234567890",
        aliases=(
            "telp",
            "no telp",
            "no telepon",
            "nomor telepon",
            "hp",
            "no hp",
            "nomor hp",
            "whatsapp",
            "no wa",
            "wa",
        ),
    ),
    Column(
        field="email",
        heading="email",
        note="Alamat e-mail penerima, bila kantor mengirim pesan lewat e-mail. Boleh kosong.",
        example="",
        aliases=("surel", "e-mail", "alamat email"),
    ),
    Column(
        field="address",
        heading="alamat",
        note="Jalan dan nomor rumah; dusun, RT/RW dan patokan boleh di sini atau di kolomnya sendiri.",
        example="Jl. Melati 5",
        aliases=("alamat lengkap", "alamat rumah"),
    ),
    Column(
        field="hamlet",
        heading="dusun",
        note="Dusun atau lingkungan.",
        example="Krajan",
        aliases=("lingkungan", "dukuh"),
    ),
    Column(field="rt", heading="rt", note="Nomor RT.", example="003", aliases=("no rt",)),
    Column(field="rw", heading="rw", note="Nomor RW.", example="002", aliases=("no rw",)),
    Column(field="rt_rw", heading="rt_rw", note="RT dan RW dalam satu kolom, misalnya 003/002.", example=""),
    Column(
        field="landmark",
        heading="patokan",
        note="Yang mudah dilihat kurir, misalnya 'selatan masjid'.",
        example="selatan masjid",
        aliases=("ancer ancer", "petunjuk"),
    ),
    Column(
        field="lat",
        heading="lintang",
        note="Posisi rumah bila diketahui, misalnya -8.1362. Kosong: kurir memakai titik desa.",
        example="",
        aliases=("latitude",),
    ),
    Column(
        field="lon",
        heading="bujur",
        note="Posisi rumah, misalnya 112.2341.",
        example="",
        aliases=("longitude", "lng"),
    ),
    Column(
        field="family_card",
        heading="nomor_kk",
        note="16 angka, boleh kosong; hanya untuk menyatukan satu keluarga dalam satu amplop dan tidak disimpan.",
        example="",
        aliases=("no kk", "kartu keluarga nomor"),
    ),
    Column(
        field="destination",
        heading="antar_ke",
        note="desa, kecamatan, atau rumah; kosong berarti menurut aturan kantor.",
        example="",
        aliases=("tujuan", "diantar ke", "tujuan antar"),
    ),
    Column(
        field="village_code",
        heading="kode_desa",
        note="Kode Kemendagri desa/kelurahan. Isi kode ini, atau nama desa dan kecamatan.",
        example="35.05.10.1008",
        aliases=("kode kelurahan", "kode desa kelurahan", "kode wilayah", "kode kemendagri"),
    ),
    Column(
        field="village",
        heading="desa",
        note="Nama desa/kelurahan. Tanpa kode, isi juga kecamatan: nama desa bisa sama.",
        example="Kanigoro",
        aliases=("kelurahan", "desa kelurahan", "kelurahan desa", "nama desa", "desa kel"),
    ),
    Column(
        field="district",
        heading="kecamatan",
        note="Nama kecamatan.",
        example="Kanigoro",
        aliases=("kec", "nama kecamatan"),
    ),
    Column(
        field="regency",
        heading="kabupaten",
        note="Nama kabupaten/kota.",
        example="Blitar",
        aliases=("kab", "kota", "kabupaten kota"),
    ),
    Column(
        field="printed_on",
        heading="tanggal_cetak",
        note="Tanggal dokumen dicetak: 2026-11-24, 24/11/2026, atau sel tanggal.",
        example="2026-11-24",
        required=True,
        aliases=("tgl cetak", "tanggal selesai", "tgl selesai", "print date", "date printed"),
    ),
    Column(
        field="circumstance",
        heading="keadaan_pemilik",
        note="Kosong bila tinggal di sini. Luar daerah: dikirim Pos ke alamatnya. Luar negeri, pindah, atau meninggal: "
        "ditahan di kantor sampai ada keputusan.",
        example="",
        aliases=("keadaan", "domisili"),
    ),
    Column(
        field="outside_regency",
        heading="kabupaten_alamat",
        note="Kabupaten/kota dan provinsi alamat kirim, bila pemiliknya tinggal di luar daerah.",
        example="",
        aliases=("kota alamat", "alamat kabupaten"),
    ),
    Column(
        field="by_officer",
        heading="diantar_petugas",
        note="ya bila petugas sendiri yang mengantar ke rumah dan perlu waktu lebih lama. Sebabnya tidak ditulis.",
        example="",
        aliases=("antar petugas", "layanan khusus"),
    ),
    Column(field="urgent", heading="mendesak", note="ya atau tidak; kosong berarti tidak.", example="tidak"),
    Column(
        field="channel",
        heading="kanal",
        note="undangan, datang langsung, mendesak, daring, desa, atau keliling; boleh kosong.",
        example="undangan",
        aliases=("saluran", "jalur"),
    ),
    Column(
        field="print_point",
        heading="titik_cetak",
        note="Nama tempat dokumen dicetak; kosong berarti kantor utama.",
        example="",
        aliases=("tempat cetak", "lokasi cetak"),
    ),
)

BY_FIELD: Mapping[str, Column] = {column.field: column for column in COLUMNS}

PLACE_FIELDS = ("village_code", "village", "address")
"""At least one of these tells where the document goes."""


def field_of(heading: str) -> str | None:
    """The field a heading stands for, whatever its case, spaces, dots and underscores; None when it is none of ours."""
    return _BY_SPELLING.get(_squeezed(heading))


def missing_headings(fields: Sequence[str]) -> list[str]:
    """Headings without which no row could be taken in."""
    missing = [column.heading for column in COLUMNS if column.required and column.field not in fields]
    if not any(field in fields for field in PLACE_FIELDS):
        missing.append("kode_desa atau desa")
    return missing


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).lower())


_BY_SPELLING: Mapping[str, str] = {
    _squeezed(text): column.field for column in COLUMNS for text in (column.field, column.heading, *column.aliases)
}
