// franz-go in the benchmark: franz produce|consume BOOTSTRAP TOPIC COUNT PAYLOAD-FILE
// prints the seconds from the first record to the last. All records have the value in the file.
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	topic := os.Args[3]
	count, err := strconv.Atoi(os.Args[4])
	check(err)
	payload, err := os.ReadFile(os.Args[5])
	check(err)
	options := []kgo.Opt{
		kgo.SeedBrokers(os.Args[2]),
		kgo.DisableIdempotentWrite(), kgo.RequiredAcks(kgo.LeaderAck()), kgo.DefaultProduceTopic(topic),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.ProducerLinger(5 * time.Millisecond),
	}
	if os.Args[1] == "consume" {
		options = append(options, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	}
	client, err := kgo.NewClient(options...)
	check(err)
	defer client.Close()
	began := time.Now()
	if os.Args[1] == "consume" {
		consume(ctx, client, count, payload)
	} else {
		produce(ctx, client, count, payload)
	}
	fmt.Println(time.Since(began).Seconds())
}

func produce(ctx context.Context, client *kgo.Client, count int, payload []byte) {
	for range count {
		client.Produce(ctx, &kgo.Record{Value: payload}, func(_ *kgo.Record, err error) { check(err) })
	}
	check(client.Flush(ctx))
}

func consume(ctx context.Context, client *kgo.Client, count int, payload []byte) {
	for next := 0; next < count; {
		fetches := client.PollFetches(ctx)
		check(fetches.Err())
		fetches.EachRecord(func(record *kgo.Record) {
			if record.Offset != int64(next) || !bytes.Equal(record.Value, payload) {
				log.Fatalf("another record at offset %d than at %d", record.Offset, next)
			}
			next++
		})
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
