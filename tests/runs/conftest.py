from tests.train.conftest import _one_thread, models  # noqa: F401
