// A day of franz-go against one broker, for tools/record_golden.py: a producer, a transaction, both
// kinds of consumer groups' committed offsets, and what kadm asks.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const topic = "franz"

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	seeds := kgo.SeedBrokers(os.Args[1])
	plain := client(seeds)
	defer plain.Close()
	admin := kadm.NewClient(plain)
	create(ctx, admin)
	produce(ctx, plain)
	transact(ctx, seeds)
	consume(ctx, admin, seeds)
	describe(ctx, admin)
	remove(ctx, admin)
}

func create(ctx context.Context, admin *kadm.Client) {
	_, err := admin.CreateTopic(ctx, 1, 1, nil, topic)
	must("create topic", err)
	_, err = admin.CreatePartitions(ctx, 1, topic)
	must("create partitions", err)
	value := "100000"
	_, err = admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Name: "retention.ms", Value: &value}}, topic)
	must("alter configs", err)
}

func produce(ctx context.Context, producer *kgo.Client) {
	record := &kgo.Record{
		Topic: topic, Key: []byte("key"), Value: []byte("value"),
		Headers: []kgo.RecordHeader{{Key: "header", Value: []byte("1")}},
	}
	must("produce", producer.ProduceSync(ctx, record).FirstErr())
}

func transact(ctx context.Context, seeds kgo.Opt) {
	producer := client(seeds, kgo.TransactionalID(topic))
	defer producer.Close()
	must("begin", producer.BeginTransaction())
	produce(ctx, producer)
	must("end", producer.EndTransaction(ctx, kgo.TryCommit))
}

func consume(ctx context.Context, admin *kadm.Client, seeds kgo.Opt) {
	consumer := client(seeds, kgo.ConsumerGroup(topic), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.HeartbeatInterval(100*time.Millisecond))
	fetches := consumer.PollFetches(ctx)
	must("poll", fetches.Err())
	must("commit", consumer.CommitRecords(ctx, fetches.Records()...))
	_, err := admin.DescribeGroups(ctx, topic)
	must("describe groups", err)
	time.Sleep(300 * time.Millisecond) // a heartbeat or two
	must("leave", consumer.LeaveGroupContext(ctx))
	consumer.Close()
}

func describe(ctx context.Context, admin *kadm.Client) {
	for what, ask := range map[string]func() error{
		"metadata":           func() error { _, err := admin.Metadata(ctx, topic); return err },
		"api versions":       func() error { _, err := admin.ApiVersions(ctx); return err },
		"start offsets":      func() error { _, err := admin.ListStartOffsets(ctx, topic); return err },
		"end offsets":        func() error { _, err := admin.ListEndOffsets(ctx, topic); return err },
		"offsets after":      func() error { _, err := admin.ListOffsetsAfterMilli(ctx, 0, topic); return err },
		"topic configs":      func() error { _, err := admin.DescribeTopicConfigs(ctx, topic); return err },
		"log dirs":           func() error { _, err := admin.DescribeAllLogDirs(ctx, nil); return err },
		"groups":             func() error { _, err := admin.ListGroups(ctx); return err },
		"group offsets":      func() error { _, err := admin.FetchOffsets(ctx, topic); return err },
		"group lag":          func() error { _, err := admin.Lag(ctx, topic); return err },
		"transactions":       func() error { _, err := admin.ListTransactions(ctx, nil, nil); return err },
		"transaction":        func() error { _, err := admin.DescribeTransactions(ctx, topic); return err },
		"producers":          func() error { _, err := admin.DescribeProducers(ctx, kadm.TopicsSet{topic: {0: {}}}); return err },
		"quotas":             func() error { _, err := admin.DescribeClientQuotas(ctx, false, nil); return err },
		"reassignments":      func() error { _, err := admin.ListPartitionReassignments(ctx, nil); return err },
		"scram":              func() error { _, err := admin.DescribeUserSCRAMs(ctx); return err },
		"offsets for epochs": func() error { _, err := admin.OffsetForLeaderEpoch(ctx, epochs()); return err },
	} {
		if err := ask(); err != nil { // a refusal is a frame, too
			fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		}
	}
}

func epochs() kadm.OffsetForLeaderEpochRequest {
	var request kadm.OffsetForLeaderEpochRequest
	request.Add(topic, 0, 0)
	return request
}

func remove(ctx context.Context, admin *kadm.Client) {
	var before kadm.Offsets
	before.Add(kadm.Offset{Topic: topic, Partition: 0, At: 0})
	_, err := admin.DeleteRecords(ctx, before)
	must("delete records", err)
	_, err = admin.DeleteGroups(ctx, topic)
	must("delete groups", err)
	_, err = admin.DeleteTopics(ctx, topic)
	must("delete topics", err)
}

func client(options ...kgo.Opt) *kgo.Client {
	made, err := kgo.NewClient(options...)
	must("client", err)
	return made
}

func must(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}
