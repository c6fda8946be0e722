package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/client/pkg/v3/transport"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

const (
	// lookEvery is short beside the time for which a primary keeps its place.
	lookEvery = 10 * time.Second
	// patientLooks is how often in a row the same is seen before something is done: nothing is moved in the middle of a failover.
	patientLooks = 6
	// restingLooks is how many are left out after something was done. Where the leadership comes back at once, the others may
	// not be able to keep it, and each move gives every lease its whole time again.
	restingLooks = 60
	// lookTimeout bounds one look, and askTimeout each question to another member: one may be silent.
	lookTimeout = 5 * time.Second
	askTimeout  = time.Second
	// mostBehind is how many entries of the log a member may lack and still take the leadership without a pause.
	mostBehind = 1000
)

// avoidance says in whose company etcd does not lead.
//
// A new leader of etcd gives every lease its whole time again (lessor.Promote in server/lease of 3.6). Where the leader
// dies together with the holder of a lock, those who wait for that lock wait for the election and then for all of its
// time; where it leads elsewhere, only for what is left of it.
type avoidance struct {
	// key of the lock; its value is the holder's name.
	key string
	// holders are those who would die together with this member.
	holders []string
	// endpoint of this member for clients.
	endpoint string
	// tls is how it is reached; nil without TLS.
	tls *tls.Config
}

// avoidanceFrom reads LEADERSHIP_KEY and LEADERSHIP_AVOIDS (names with commas between them), and etcdctl's environment.
// Without the first one nothing is avoided, and it returns nil.
func avoidanceFrom(getenv func(string) string) (*avoidance, error) {
	if getenv("LEADERSHIP_KEY") == "" {
		return nil, nil
	}
	for _, name := range []string{"LEADERSHIP_AVOIDS", "ETCDCTL_ENDPOINTS"} {
		if getenv(name) == "" {
			return nil, fmt.Errorf("LEADERSHIP_KEY is set, and %s is not", name)
		}
	}
	files := transport.TLSInfo{
		CertFile:      getenv("ETCDCTL_CERT"),
		KeyFile:       getenv("ETCDCTL_KEY"),
		TrustedCAFile: getenv("ETCDCTL_CACERT"),
	}
	found := &avoidance{
		key:      getenv("LEADERSHIP_KEY"),
		holders:  strings.Split(getenv("LEADERSHIP_AVOIDS"), ","),
		endpoint: strings.Split(getenv("ETCDCTL_ENDPOINTS"), ",")[0],
	}
	if !files.Empty() {
		configuration, err := files.ClientConfig()
		if err != nil {
			return nil, err
		}
		found.tls = configuration
	}
	return found, nil
}

// standing is what a look at the cluster shows.
type standing struct {
	leads  bool
	holder string
	index  uint64
}

// stand tells whether this member leads, and who holds the lock.
func (a *avoidance) stand(ctx context.Context, client *clientv3.Client) (standing, error) {
	status, err := client.Status(ctx, a.endpoint)
	if err != nil || status.Leader != status.Header.MemberId {
		return standing{}, err
	}
	// What this member has: it may be the last of a minority.
	found, err := client.Get(ctx, a.key, clientv3.WithSerializable())
	if err != nil || len(found.Kvs) == 0 {
		return standing{leads: true}, err
	}
	return standing{leads: true, holder: string(found.Kvs[0].Value), index: status.RaftIndex}, nil
}

// heir finds a member that can lead at once, and returns nil where there is none.
func (a *avoidance) heir(ctx context.Context, client *clientv3.Client, own standing) (*etcdserverpb.Member, error) {
	members, err := client.MemberList(ctx)
	if err != nil {
		return nil, err
	}
	for _, member := range members.Members {
		if member.ID == members.Header.MemberId || member.IsLearner || len(member.ClientURLs) == 0 {
			continue
		}
		patience, cancel := context.WithTimeout(ctx, askTimeout)
		status, err := client.Status(patience, member.ClientURLs[0])
		cancel()
		if err == nil && len(status.Errors) == 0 && status.RaftAppliedIndex+mostBehind >= own.index {
			return member, nil
		}
	}
	return nil, nil
}

// memory is what is kept from one look to the next.
type memory struct {
	// holder is the unwanted one that was seen last, and seen how often in a row.
	holder string
	seen   int
	// resting is how many looks are still left out.
	resting int
}

// look hands the leadership over when the same unwanted holder has been seen often enough.
func (a *avoidance) look(ctx context.Context, before memory) (memory, error) {
	if before.resting > 0 {
		return memory{resting: before.resting - 1}, nil
	}
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{a.endpoint}, TLS: a.tls, Logger: zap.NewNop()})
	if err != nil {
		return memory{}, err
	}
	defer client.Close()
	own, err := a.stand(ctx, client)
	if err != nil || !own.leads || !slices.Contains(a.holders, own.holder) {
		return memory{}, err
	}
	now := memory{holder: own.holder, seen: 1}
	if own.holder == before.holder {
		now.seen = before.seen + 1
	}
	if now.seen < patientLooks {
		return now, nil
	}
	heir, err := a.heir(ctx, client, own)
	if err != nil || heir == nil {
		return now, err
	}
	if _, err := client.MoveLeader(ctx, heir.ID); err != nil {
		return memory{resting: restingLooks}, fmt.Errorf("%s does not take the leadership: %w", heir.Name, err)
	}
	zap.L().Info("handed the leadership over", zap.String("to", heir.Name), zap.String("lock-holder", own.holder))
	return memory{resting: restingLooks}, nil
}

// run looks for ever. A look that fails is repeated: it is not what etcd is for.
func (a *avoidance) run() {
	var kept memory
	for range time.Tick(lookEvery) {
		ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
		var err error
		if kept, err = a.look(ctx, kept); err != nil {
			zap.L().Warn("the leadership is not looked after", zap.Error(err))
		}
		cancel()
	}
}

// startAvoidance ends the process where its environment is not complete.
func startAvoidance() {
	found, err := avoidanceFrom(os.Getenv)
	if err != nil {
		zap.L().Fatal("leadership", zap.Error(err))
	}
	if found != nil {
		go found.run()
	}
}
