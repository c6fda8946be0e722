"""patronictl, for an etcd that not every member has joined yet (etcd_version.py)."""

from database.etcd_version import of_server

if __name__ == "__main__":
    from patroni.ctl import ctl
    from patroni.dcs.etcd3 import Etcd3Client

    Etcd3Client._handle_server_response = of_server(Etcd3Client._handle_server_response)
    ctl(prog_name="patronictl")
