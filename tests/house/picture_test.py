"""What docs/figures/picture.py refuses to draw. Run by tests/house/figures_test.cpp."""
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "docs/figures"))
from picture import Picture  # noqa: E402


class PictureTest(unittest.TestCase):
    def setUp(self):
        self.picture = Picture(100, "title", "description")

    def refused(self, what):
        with self.assertRaisesRegex(ValueError, what):
            self.picture.svg()

    def test_draws_texts_beside_each_other(self):
        self.picture.text(20, 50, "one")
        self.picture.text(60, 50, "two")
        self.assertIn(">one</text>", self.picture.svg())

    def test_refuses_texts_that_meet(self):
        self.picture.text(20, 50, "one")
        self.picture.text(40, 50, "two")
        self.refused("'two' meets 'one'")

    def test_refuses_a_text_beyond_the_border(self):
        self.picture.text(790, 50, "one")
        self.refused("'one' leaves the picture")

    def test_draws_a_text_in_a_box_that_it_fits(self):
        self.picture.box(20, 20, 60, 40, "plain", "one")
        self.assertIn(">one</text>", self.picture.svg())

    def test_refuses_a_text_wider_than_its_box(self):
        self.picture.box(20, 20, 20, 40, "plain", "one")
        self.refused("'one' .* meets the line")

    def test_refuses_a_line_through_a_text_whichever_comes_first(self):
        self.picture.text(20, 50, "one")
        self.picture.arrow([(10, 46), (100, 44)])
        self.refused("'one' .* meets the line")
        self.setUp()
        self.picture.arrow([(10, 46), (100, 44)])
        self.picture.text(20, 50, "one")
        self.refused("'one' .* meets the line")

    def test_lets_a_label_cover_a_border_but_no_other_text(self):
        self.picture.box(20, 40, 200, 40, "plain")
        self.picture.pill(60, 40, "one")
        self.picture.svg()
        self.picture.pill(70, 40, "two")
        self.refused("'two' meets 'one'")

    def test_refuses_a_letter_whose_width_it_does_not_know(self):
        with self.assertRaises(KeyError):
            self.picture.text(20, 50, "ж")


if __name__ == "__main__":
    unittest.main()
