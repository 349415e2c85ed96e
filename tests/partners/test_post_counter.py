"""What goes to the post counter and what comes back, file by file."""

import csv
import io
from datetime import UTC, datetime

import pytest

from partners.base import NotUnderstood, Place
from partners.counter_table import RowError, guarded
from partners.events import EVENTS
from partners.post_counter import CounterShipment, PostCounter, Resi

COUNTER = PostCounter()


def shipment(reference: str = "S-1", **place: str) -> CounterShipment:
    usual = {
        "name": "Kantor Desa Rejosari",
        "address": "Jl. Raya 1, Wonodadi",
        "phone": "+62 812 3456 7890",
        "postcode": "66155",
    }
    return CounterShipment(reference=reference, batch_code="B-77", recipient=Place(**(usual | place)), documents=12)


def rows(manifest: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(manifest.decode("utf-8-sig"), newline=""), delimiter=";"))


def resi_file(*lines: str) -> bytes:
    return "\n".join(("Referensi,Nomor Resi", *lines)).encode()


def status_file(*lines: str) -> bytes:
    return "\n".join(("Referensi,Nomor Resi,Status,Waktu,Penerima,Keterangan", *lines)).encode()


class TestManifest:
    def test_the_clerk_gets_one_row_per_shipment(self) -> None:
        (row,) = rows(COUNTER.manifest([shipment()]))
        assert row == {
            "No": "1",
            "Kode Berkas": "B-77",
            "Kantor Tujuan": "Kantor Desa Rejosari",
            "Alamat": "Jl. Raya 1, Wonodadi",
            "Kode Pos": "66155",
            "Telepon": "0812-3456-7890",
            "Jumlah Dokumen": "12",
            "Referensi": "S-1",
            "Nomor Resi": "",
        }

    def test_a_spreadsheet_opens_it_as_a_table(self) -> None:
        manifest = COUNTER.manifest([shipment(name="Kantor Désa")])
        assert manifest.startswith(b'\xef\xbb\xbf"No";"Kode Berkas";')
        assert manifest.endswith(b"\r\n")

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "  =", "\n=", "＝"])
    def test_no_cell_is_calculated(self, start: str) -> None:
        (row,) = rows(COUNTER.manifest([shipment(name=f"{start}1+1", address=f'{start}HYPERLINK("x")')]))
        assert row["Kantor Tujuan"].startswith("'")
        assert row["Alamat"].startswith("'")

    def test_harmless_text_stays_as_it_is(self) -> None:
        assert [guarded(text) for text in ("Desa Jati-Wetan", "a=b", "", "RT 03/RW 01")] == [
            "Desa Jati-Wetan",
            "a=b",
            "",
            "RT 03/RW 01",
        ]

    def test_a_line_break_in_a_name_stays_in_its_row(self) -> None:
        manifest = COUNTER.manifest([shipment(name='Kantor "Desa";\r\nRejosari')])
        assert rows(manifest)[0]["Kantor Tujuan"] == 'Kantor "Desa"; Rejosari'
        assert manifest.count(b"\r\n") == 2

    def test_the_filled_in_manifest_is_the_list_of_receipts(self) -> None:
        manifest = COUNTER.manifest([shipment("S-1"), shipment("S-2")])
        filled = manifest.replace(b'"S-1";""', b'"S-1";"p2511030001"').replace(b'"S-2";""', b'"S-2";"P2511030002"')

        read = COUNTER.read_resi_list(filled)

        assert read.rows == (Resi(reference="S-1", number="P2511030001"), Resi(reference="S-2", number="P2511030002"))
        assert read.errors == ()


class TestReceipts:
    def test_good_rows_are_taken_and_each_other_row_says_why(self) -> None:
        read = COUNTER.read_resi_list(
            resi_file(
                "S-1,P2511030001",
                "S-2,",
                ",P2511030003",
                "S-4,2.51103E+14",
                "S 5,P2511030005",
                "S-6,??",
                "",
                "S-7,P2511030007",
            )
        )
        assert [resi.reference for resi in read.rows] == ["S-1", "S-7"]
        assert read.errors == (
            RowError(3, "Nomor Resi", "nomor resi kosong"),
            RowError(4, "Referensi", "referensi kosong"),
            RowError(5, "Nomor Resi", "nomor resi dibulatkan oleh lembar kerja; format kolom sebagai teks"),
            RowError(6, "Referensi", "referensi hanya huruf, angka, - dan _"),
            RowError(7, "Nomor Resi", "nomor resi harus 6 sampai 30 huruf atau angka"),
        )

    def test_the_same_pair_twice_counts_once(self) -> None:
        read = COUNTER.read_resi_list(resi_file("S-1,P2511030001", "S-1,p2511030001"))
        assert (len(read.rows), read.errors) == (1, ())

    def test_one_reference_with_two_numbers_is_not_guessed(self) -> None:
        read = COUNTER.read_resi_list(resi_file("S-1,P2511030001", "S-1,P2511030002", "S-2,P2511030003"))
        assert [resi.reference for resi in read.rows] == ["S-2"]
        assert [error.row for error in read.errors] == [2, 3]

    def test_one_number_for_two_references_is_not_guessed(self) -> None:
        read = COUNTER.read_resi_list(resi_file("S-1,P2511030001", "S-2,P2511030001"))
        assert read.rows == ()
        assert {error.reason for error in read.errors} == {"nomor resi ini dipakai untuk dua referensi"}

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    def test_it_reads_what_spreadsheets_write(self, delimiter: str, encoding: str) -> None:
        text = f"NOMOR  RESI{delimiter}Catatan{delimiter}referensi\r\nP2511030001{delimiter}désa{delimiter}S-1\r\n"
        assert COUNTER.read_resi_list(text.encode(encoding)).rows == (Resi(reference="S-1", number="P2511030001"),)

    @pytest.mark.parametrize(
        "content",
        [b"", b"Referensi\nS-1", b"\x00\x01\x02", b"PK\x03\x04\x00", b'Referensi,Nomor Resi\n"S-1', b"\xff\xfe\x00"],
    )
    def test_a_file_of_another_kind_is_kept_for_a_person(self, content: bytes) -> None:
        with pytest.raises(NotUnderstood) as strange:
            COUNTER.read_resi_list(content)
        assert strange.value.raw == content

    def test_a_file_without_end_is_refused(self) -> None:
        with pytest.raises(NotUnderstood):
            COUNTER.read_resi_list(b"x" * 10_000_001)
        with pytest.raises(NotUnderstood):
            COUNTER.read_resi_list(resi_file(*["S-1,P2511030001"] * 20_001))


class TestStatus:
    def test_a_row_becomes_an_event_in_our_words_and_in_utc(self) -> None:
        read = COUNTER.read_status_file(status_file("S-1,P2511030001,Selesai Antar,03/11/2026 14:05,Ibu Sari,"))
        (event,) = read.rows
        assert (event.partner, event.order_reference, event.kind) == ("pos", "S-1", "delivered")
        assert event.at == datetime(2026, 11, 3, 7, 5, tzinfo=UTC)
        assert event.waybill == "P2511030001"
        assert event.proof is not None
        assert event.proof.received_by == "Ibu Sari"

    def test_every_word_of_ours_is_understood(self) -> None:
        lines = [
            f'S-1,P2511030001,"{meaning.word}",2026-11-03 14:{n:02},,' for n, meaning in enumerate(EVENTS.values())
        ]
        assert [event.kind for event in COUNTER.read_status_file(status_file(*lines)).rows] == list(EVENTS)

    def test_the_same_row_in_the_next_file_is_the_same_event(self) -> None:
        line = "S-1,P2511030001,gagal antar,03/11/2026 14:05,,kantor tutup"
        first = COUNTER.read_status_file(status_file(line, line)).rows
        later = COUNTER.read_status_file(status_file(line, "S-1,P2511030001,gagal antar,04/11/2026 14:05,,")).rows
        assert len(first) == 1
        assert later[0] == first[0]
        assert later[1].event_id != first[0].event_id

    def test_what_cannot_be_read_is_reported_row_by_row(self) -> None:
        read = COUNTER.read_status_file(
            status_file(
                "S-1,P2511030001,entah,03/11/2026 14:05,,",
                "S-1,P2511030001,diantar,kemarin,,",
                "S-1,P2511030001,diantar,31/02/2026 14:05,,",
                "S-1,P2511030001,diantar,03/11/2062 14:05,,",
                "S-1,P2511030001,diantar,03/11/2026 14:05,,",
            ),
            now=datetime(2026, 11, 4, tzinfo=UTC),
        )
        assert [(error.row, error.field, error.reason) for error in read.errors] == [
            (2, "Status", "status tidak dikenal: 'entah'"),
            (3, "Waktu", "waktu harus seperti 31/12/2026 14:05"),
            (4, "Waktu", "waktu harus seperti 31/12/2026 14:05"),
            (5, "Waktu", "waktu ini belum tiba"),
        ]
        assert len(read.rows) == 1
