import { selections, type ProcessView, type Selection } from "../../../local/drills/podProcesses.js";

const processes: ProcessView[] = [
  { pid: 10, parent: 1, name: "pause", title: "/pause" },
  {
    pid: 20,
    parent: 1,
    name: "reload-on-chang",
    title:
      "/bin/bash /usr/bin/reload-on-change --signal HUP /etc/database -- run-patroni /etc/database/patroni-core-0.yaml",
  },
  {
    pid: 21,
    parent: 20,
    name: "python3",
    title: "python3 -m database.run_patroni /etc/database/patroni-core-0.yaml",
  },
  { pid: 30, parent: 21, name: "postgres", title: "postgres -D /var/lib/postgresql/data --config-file=…" },
  { pid: 31, parent: 30, name: "postgres", title: "postgres: nusantara: checkpointer" },
  { pid: 32, parent: 30, name: "postgres", title: "postgres: nusantara: walreceiver streaming 0/3000148" },
  { pid: 33, parent: 30, name: "postgres", title: "postgres: nusantara: patroni postgres [local] idle" },
  { pid: 40, parent: 1, name: "pgbackrest", title: "pgbackrest server" },
  { pid: 50, parent: 1, name: "etcd", title: "/usr/bin/etcd --config-file=/etc/database/etcd.yaml" },
];

const picked = (selection: Selection): number[] =>
  processes.filter((each) => selection(each, processes)).map(({ pid }) => pid);

test("processes of a pod are told apart by what they are", () => {
  expect(picked(selections.postmaster)).toEqual([30]);
  expect(picked(selections.walReceiver)).toEqual([32]);
  expect(picked(selections.patroni)).toEqual([21]);
  expect(picked(selections.etcd)).toEqual([50]);
  expect(picked(selections.everything)).toEqual([20, 21, 30, 31, 32, 33, 40, 50]);
});
