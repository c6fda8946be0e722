import { bounds, everyCity, readsGoOn, writesEither, writesGoOn, writesRefused } from "../bounds.js";
import { cutLinkFor, etcdLeader, moveEtcdLeader } from "../faults.js";
import type { Scenario, Step } from "../scenario.js";
import { hold, untilWritesAreBack } from "../steps.js";

/** The cities of the link that is cut: the primary's, and one that sees it no more. */
const ends = ["jakarta", "bandung"] as const;
/** Cities that see each other all along: the primary's, and the one that sees both. */
const joined = ["jakarta", "surabaya"];

/** Seconds without the link: longer than any session of etcd and any lock of Patroni. */
const outage = 60;

const etcdLeadsIn = (city: string): Step => ({
  what: `etcd leads in ${city}`,
  act: (drill) => moveEtcdLeader(drill, city),
});

const cutLink: Step = {
  what: `the link between ${ends.join(" and ")} is cut; both still see surabaya`,
  isFault: true,
  act: (drill) => cutLinkFor(drill, ends),
};

/** For whoever reads the picture: on a busy machine etcd may have held an election of its own. */
const tellEtcdLeader: Step = {
  what: "where etcd leads is put on record",
  isPause: true,
  act: async (drill) => {
    drill.mark(`etcd leads in ${await etcdLeader(drill).catch(() => "no city")}`);
  },
};

/**
 * One link is cut and each of its cities still sees the third, so that both are in a majority, but not in the same one (Jepsen's
 * "majorities ring"). No router passes packets on from one city to another. etcd never leads beside the primary for long, so it leads
 * at the other end of the link, or in the city that sees both.
 */
export const linkScenarios: readonly Scenario[] = [
  // All members of etcd hear the leader in surabaya, so the lock is renewed as ever and nobody is elected: nothing may be noticed in
  // jakarta and surabaya, and nothing be lost. In bandung pg-rw finds no primary, as all its checks ask the members themselves. Its
  // main streams from the primary and from nobody else, so the whole city reads what it had; it stays at home, as a minute of the
  // load and the end of a segment are less than the lag from which on pg-ro looks elsewhere (64 MiB).
  {
    name: "cut-one-link",
    title: "The link between the primary's city and a branch is cut, and the city that sees both leads etcd",
    covers: ["matrix 4"],
    steps: [etcdLeadsIn("surabaya"), cutLink, hold(outage), tellEtcdLeader],
    promise: {
      cities: everyCity(writesGoOn(bounds.unnoticed), {
        bandung: {
          writes: writesRefused(bounds.reads),
          reads: {
            "pg-ro": readsGoOn(bounds.reads, ["bandung-core-0", "bandung-core-1"]),
            "pg-report": readsGoOn(bounds.reads, ["bandung-reporting-0", "bandung-reporting-1"]),
          },
        },
      }),
      lostAge: 0,
      leader: "same",
    },
  },
  // The vote of jakarta does not hear the leader any more, and can't become one: surabaya hears it and refuses (pre-vote). Patroni in
  // jakarta asks its own vote, which does not answer, then bandung's, and then surabaya's (etcd3.hosts): with three hosts it waits for
  // 2 s, for 1 s to connect, and has half of its retry_timeout left for surabaya, which passes the renewal on. So the primary should
  // stay. Where a busy machine needs longer it demotes itself within loop_wait + retry_timeout, which bounds what is lost, and the
  // lock runs out. Members of bandung then can't win, as they see those of surabaya ahead of them: who takes it is in jakarta or
  // surabaya, and clients of both reach it. Those of bandung reach it in surabaya only, so either may happen to their writes.
  {
    name: "cut-one-link-of-etcd-leader",
    title: "The link between the primary's city and the one that leads etcd is cut",
    covers: ["matrix 4", "matrix 6"],
    steps: [etcdLeadsIn("bandung"), cutLink, untilWritesAreBack(joined, 45), tellEtcdLeader],
    promise: {
      cities: everyCity(writesGoOn(bounds.recovery), { bandung: { writes: writesEither() } }),
      lostAge: bounds.isolation,
      leader: "any",
    },
  },
];
