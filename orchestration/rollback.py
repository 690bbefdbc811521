"""`make rollback`: the earlier champion scores again from the next night on."""

import sys

from data.warehouse import WarehouseError
from ml.model_files import FilesRemoved
from ml.registry import NoChampion
from ml.train_step import roll_back
from settings import SettingsError, load_settings


def main() -> int:
    try:
        restored, removed = roll_back(load_settings())
    except (FilesRemoved, NoChampion, SettingsError, WarehouseError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Version {restored.version} is champion again; version {removed.version} is not. Score a night to use it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
