from unittest import TestCase

from database.archive_wal import ends, is_cut_short

second = "1\t0/1505A7F0\tno recovery target specified\n"
third = f"{second}\n2\t0/18000000\tno recovery target specified\n"


class CutShort(TestCase):
    def test_history_files_name_each_ancestor_and_its_end(self) -> None:
        self.assertEqual(ends(third), [(1, 0x1505A7F0), (2, 0x18000000)])

    def test_the_segment_in_which_its_timeline_ends_is_cut_short(self) -> None:
        self.assertTrue(is_cut_short("000000010000000000000015", [second]))
        self.assertTrue(is_cut_short("000000020000000000000018", [second, third]))

    def test_all_others_are_whole(self) -> None:
        for name in ["000000010000000000000014", "000000010000000000000016", "000000020000000000000015"]:
            self.assertFalse(is_cut_short(name, [third]))

    def test_without_a_later_timeline_nothing_is(self) -> None:
        self.assertFalse(is_cut_short("000000010000000000000015", []))

    def test_history_files_and_partial_segments_are_archived(self) -> None:
        for name in ["00000002.history", "000000010000000000000015.partial"]:
            self.assertFalse(is_cut_short(name, [second]))
