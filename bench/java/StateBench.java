import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.state.Stores;

/** Java's side of state-worker.ts: fills the changelog of a workload, or restores from it, and prints one line of JSON. */
public class StateBench {
  static final Serde<String> TEXT = Serdes.String();
  static final Duration RETENTION = Duration.ofHours(1), SIZE = Duration.ofSeconds(10), GRACE = Duration.ofSeconds(1);

  static long status(String name) throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/self/status")))
      if (line.startsWith(name + ":")) return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
    return 0;
  }

  public static void main(String[] args) throws Exception {
    String mode = args[0], name = args[1], id = args[2], input = args[3], output = args[4], stateDir = args[5];
    long records = Long.parseLong(args[6]);
    AtomicLong seen = new AtomicLong(), restored = new AtomicLong(), first = new AtomicLong(), last = new AtomicLong(), running = new AtomicLong();
    CountDownLatch done = new CountDownLatch(1);
    boolean fills = mode.equals("fill"), memory = !name.endsWith("-disk");
    StreamsBuilder builder = new StreamsBuilder();
    KStream<String, String> in = builder.stream(input, Consumed.with(TEXT, TEXT)).peek((key, value) -> {
      if (seen.incrementAndGet() == records && fills) done.countDown();
    });
    var table = memory ? Stores.inMemoryKeyValueStore("s") : Stores.persistentKeyValueStore("s");
    switch (name.replace("-disk", "")) {
      case "count" -> in.groupByKey(Grouped.with(TEXT, TEXT)).count(Materialized.<String, Long>as(table).withKeySerde(TEXT).withValueSerde(Serdes.Long()))
          .toStream().to(output, Produced.with(TEXT, Serdes.Long()));
      case "table-join" -> {
        KTable<String, String> rows = in.toTable(Materialized.<String, String>as(table).withKeySerde(TEXT).withValueSerde(TEXT));
        in.join(rows, (left, right) -> left, Joined.with(TEXT, TEXT, TEXT)).to(output, Produced.with(TEXT, TEXT));
      }
      case "window" -> in.groupByKey(Grouped.with(TEXT, TEXT)).windowedBy(TimeWindows.ofSizeAndGrace(SIZE, GRACE))
          .count(Materialized.<String, Long>as(memory ? Stores.inMemoryWindowStore("s", RETENTION, SIZE, false) : Stores.persistentWindowStore("s", RETENTION, SIZE, false))
              .withKeySerde(TEXT).withValueSerde(Serdes.Long()))
          .toStream((window, count) -> window.key() + "@" + window.window().start()).to(output, Produced.with(TEXT, Serdes.Long()));
      case "session" -> in.groupByKey(Grouped.with(TEXT, TEXT)).windowedBy(SessionWindows.ofInactivityGapAndGrace(Duration.ofSeconds(5), GRACE))
          .count(Materialized.<String, Long>as(memory ? Stores.inMemorySessionStore("s", RETENTION) : Stores.persistentSessionStore("s", RETENTION))
              .withKeySerde(TEXT).withValueSerde(Serdes.Long()))
          .toStream((window, count) -> window.key() + "@" + window.window().start()).to(output, Produced.with(TEXT, Serdes.Long()));
      default -> throw new IllegalArgumentException("there is no workload " + name);
    }
    Properties p = new Properties();
    p.put("application.id", id);
    p.put("bootstrap.servers", System.getenv("BOOTSTRAP"));
    p.put("state.dir", stateDir);
    p.put("statestore.cache.max.bytes", 0);
    p.put("auto.offset.reset", "earliest");
    p.put("consumer.max.poll.records", 5000);
    p.put("consumer.session.timeout.ms", 10000);
    p.put("commit.interval.ms", 1000);
    p.put("producer.acks", "1");
    p.put("producer.enable.idempotence", false);
    p.put("producer.batch.size", 262144);
    p.put("producer.linger.ms", 20);
    KafkaStreams streams = new KafkaStreams(builder.build(), p);
    streams.setGlobalStateRestoreListener(new StateRestoreListener() {
      public void onRestoreStart(TopicPartition partition, String store, long from, long to) {
        first.compareAndSet(0, System.nanoTime());
      }
      public void onBatchRestored(TopicPartition partition, String store, long end, long count) {}
      public void onRestoreEnd(TopicPartition partition, String store, long total) {
        restored.addAndGet(total);
        last.set(System.nanoTime());
      }
    });
    streams.setStateListener((now, before) -> {
      if (now != KafkaStreams.State.RUNNING || !running.compareAndSet(0, System.nanoTime())) return;
      if (!fills) done.countDown();
    });
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      System.exit(1);
      return null;
    });
    long boot = System.nanoTime();
    streams.start();
    done.await();
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    String figures = String.format(Locale.ROOT,
        "{\"records\":%d,\"restoreMs\":%.1f,\"startToRunningMs\":%.1f,\"cpuSeconds\":%.2f,\"rssMb\":%d,\"peakMb\":%d,\"heapMb\":%d}",
        fills ? seen.get() : restored.get(), (last.get() - first.get()) / 1e6, (running.get() - boot) / 1e6,
        ProcessHandle.current().info().totalCpuDuration().map(Duration::toMillis).orElse(0L) / 1e3,
        status("VmRSS"), status("VmHWM"), (runtime.totalMemory() - runtime.freeMemory()) >> 20);
    streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP).withTimeout(Duration.ofSeconds(60)));
    System.out.println(figures);
    System.exit(0);
  }
}
