// franz-go's GroupTransactSession: a group that reads, and a transaction that ends with its offsets.
package main

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	bootstrap, name := os.Args[1], os.Args[2]
	ctx := context.Background()
	session, err := kgo.NewGroupTransactSession(
		kgo.SeedBrokers(bootstrap), kgo.TransactionalID(name),
		kgo.ConsumerGroup(name), kgo.ConsumeTopics(name+"-in"), kgo.RequireStableFetchOffsets(),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.SessionTimeout(2*time.Second), kgo.HeartbeatInterval(300*time.Millisecond),
	)
	must(err)
	for turn := 1; ; {
		fetched := session.PollRecords(ctx, 5)
		if fetched.NumRecords() == 0 {
			continue
		}
		must(session.Begin())
		wanted := kgo.TransactionEndTry(turn%3 != 0)
		turn++
		fetched.EachRecord(func(record *kgo.Record) {
			made := &kgo.Record{
				Topic: name + "-out", Partition: record.Partition,
				Value: []byte(strings.ToUpper(string(record.Value))),
			}
			session.Produce(ctx, made, func(_ *kgo.Record, err error) {
				if wanted == kgo.TryCommit { // else what is still on its way is given up
					must(err)
				}
			})
		})
		_, err := session.End(ctx, wanted)
		must(err)
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
