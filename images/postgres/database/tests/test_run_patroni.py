import unittest

from database.run_patroni import seconds, shorten


class ShortenTest(unittest.TestCase):
    def test_the_cache_forgets_after_seconds(self) -> None:
        class Resolver:
            def __init__(self, cache_time: float = 600.0, cache_fail_time: float = 30.0) -> None:
                self.times = (cache_time, cache_fail_time)

        shorten(Resolver.__init__)
        self.assertEqual(Resolver().times, (seconds, seconds))

    def test_another_cache_is_refused(self) -> None:
        class Resolver:
            def __init__(self, lifetime: float = 600.0) -> None:
                self.lifetime = lifetime

        with self.assertRaisesRegex(RuntimeError, "takes .*lifetime"):
            shorten(Resolver.__init__)


if __name__ == "__main__":
    unittest.main()
