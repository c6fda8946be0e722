"""patronictl, for an etcd that not every member has joined yet (etcd_path.py)."""

from database.etcd_path import known

if __name__ == "__main__":
    from patroni.ctl import ctl
    from patroni.dcs.etcd3 import Etcd3Client

    Etcd3Client._ensure_version_prefix = known(Etcd3Client._ensure_version_prefix)
    ctl(prog_name="patronictl")
