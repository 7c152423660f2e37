import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.kstream.Aggregator;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.EmitStrategy;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Initializer;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.SlidingWindows;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.TableJoined;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.ValueJoiner;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/**
 * The applications of test/integration/helpers/stateful-topologies.ts, in Java. Each argument is one application: its family,
 * application.id, state directory, `in_memory` or `rocksDB`, and the topics left, right, rows, others and output, with commas between.
 * BOOTSTRAP names the brokers. Prints RUNNING when all run, and closes them when its input ends.
 */
public class FamilyApps {
  static final Duration WINDOW = Duration.ofSeconds(10);
  static final Duration ADVANCE = Duration.ofSeconds(4);
  static final Duration DIFFERENCE = Duration.ofSeconds(3);
  static final Duration JOIN = Duration.ofSeconds(12);
  static final Duration GAP = Duration.ofSeconds(2);
  static final Duration GRACE = Duration.ofSeconds(30);
  static final Duration LIMIT = Duration.ofSeconds(5);
  static final Duration HISTORY = Duration.ofHours(1);

  static final Serde<String> TEXT = Serdes.String();
  static final Consumed<String, String> CONSUMED = Consumed.with(TEXT, TEXT);
  static final TimeWindows TUMBLING = TimeWindows.ofSizeAndGrace(WINDOW, GRACE);
  static final TimeWindows HOPPING = TUMBLING.advanceBy(ADVANCE);
  static final SlidingWindows SLIDING = SlidingWindows.ofTimeDifferenceAndGrace(DIFFERENCE, GRACE);
  static final SessionWindows SESSIONS = SessionWindows.ofInactivityGapAndGrace(GAP, GRACE);
  static final JoinWindows NEAR = JoinWindows.ofTimeDifferenceAndGrace(JOIN, GRACE);

  static Stream<String> ids(String set) {
    return Arrays.stream(set.split(",")).filter(id -> !id.isEmpty());
  }

  static String union(String... sets) {
    return String.join(",", Arrays.stream(sets).flatMap(FamilyApps::ids).collect(Collectors.toCollection(TreeSet::new)));
  }

  static String without(String set, String id) {
    return ids(set).filter(other -> !other.equals(id)).collect(Collectors.joining(","));
  }

  static String orNothing(String text) {
    return text == null ? "" : text;
  }

  static String foreignKeyOf(String row) {
    return row.split("\\|", -1)[0];
  }

  static final Initializer<String> EMPTY = () -> "";
  static final Aggregator<String, String, String> ADD = (key, id, set) -> id == null ? set : union(set, id);
  static final ValueJoiner<String, String, String> PAIR = (left, right) -> orNothing(left) + "+" + orNothing(right);

  static KStream<String, String> named(KTable<Windowed<String>, String> table, boolean withEnd) {
    return table.toStream((key, value) ->
      key.key() + "@" + key.window().start() + (withEnd ? "-" + key.window().end() : ""));
  }

  static Materialized<String, String, KeyValueStore<Bytes, byte[]>> rows(String name) {
    return Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as(name).withKeySerde(TEXT).withValueSerde(TEXT);
  }

  static Materialized<String, String, WindowStore<Bytes, byte[]>> windows(boolean kept) {
    Materialized<String, String, WindowStore<Bytes, byte[]>> store =
      Materialized.<String, String, WindowStore<Bytes, byte[]>>as("results").withKeySerde(TEXT).withValueSerde(TEXT);
    return kept ? store.withRetention(HISTORY) : store;
  }

  static Materialized<String, String, SessionStore<Bytes, byte[]>> sessions() {
    return Materialized.<String, String, SessionStore<Bytes, byte[]>>as("results")
      .withKeySerde(TEXT).withValueSerde(TEXT).withRetention(HISTORY);
  }

  final StreamsBuilder builder;
  final List<String> topics;
  final KStream<String, String> left;
  final KStream<String, String> right;
  final KGroupedStream<String, String> grouped;

  FamilyApps(Properties config, List<String> topics) {
    this.topics = topics;
    builder = new StreamsBuilder(new TopologyConfig(new StreamsConfig(config)));
    left = builder.stream(topics.get(0), CONSUMED);
    right = builder.stream(topics.get(1), CONSUMED);
    grouped = left.groupByKey(Grouped.with(TEXT, TEXT));
  }

  KTable<String, String> table(int topic, String store) {
    return builder.table(topics.get(topic), CONSUMED, rows(store));
  }

  KTable<String, String> rowTable() {
    return table(2, "rows");
  }

  KTable<String, String> otherTable() {
    return table(3, "others");
  }

  KStream<String, String> results(String family) {
    EmitStrategy onUpdate = EmitStrategy.onWindowUpdate();
    EmitStrategy onClose = EmitStrategy.onWindowClose();
    StreamJoined<String, String, String> joined = StreamJoined.with(TEXT, TEXT, TEXT);
    return switch (family) {
      case "tumbling" -> inWindows(TUMBLING, onUpdate);
      case "tumbling-close" -> inWindows(TUMBLING, onClose);
      case "hopping" -> inWindows(HOPPING, onUpdate);
      case "hopping-close" -> inWindows(HOPPING, onClose);
      case "sliding" -> named(grouped.windowedBy(SLIDING).emitStrategy(onUpdate).aggregate(EMPTY, ADD, windows(true)), false);
      case "sliding-close" -> named(grouped.windowedBy(SLIDING).emitStrategy(onClose).aggregate(EMPTY, ADD, windows(true)), false);
      case "sessions" -> inSessions(onUpdate);
      case "sessions-close" -> inSessions(onClose);
      case "suppress-close" -> named(grouped.windowedBy(TUMBLING).aggregate(EMPTY, ADD, windows(false))
        .suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded()).withName("final")), false);
      case "suppress-limit" -> grouped.reduce((a, b) -> a.compareTo(b) > 0 ? a : b, rows("results"))
        .suppress(Suppressed.<String>untilTimeLimit(LIMIT, Suppressed.BufferConfig.unbounded()).withName("slow")).toStream();
      case "join-inner" -> left.join(right, PAIR, NEAR, joined);
      case "join-left" -> left.leftJoin(right, PAIR, NEAR, joined);
      case "join-outer" -> left.outerJoin(right, PAIR, NEAR, joined);
      case "foreign-left" -> rowTable()
        .leftJoin(otherTable(), (Function<String, String>) FamilyApps::foreignKeyOf, PAIR, TableJoined.as("fk"), rows("results")).toStream();
      case "table-inner" -> rowTable().join(otherTable(), PAIR, rows("results")).toStream();
      case "table-outer" -> rowTable().outerJoin(otherTable(), PAIR, rows("results")).toStream();
      case "table-groups" -> rowTable().groupBy((key, row) -> KeyValue.pair(foreignKeyOf(row), key), Grouped.with(TEXT, TEXT))
        .aggregate(EMPTY, ADD, (group, key, set) -> without(set, key), rows("results")).toStream();
      case "cogroup" -> named(grouped.<String>cogroup(ADD).cogroup(right.groupByKey(Grouped.with(TEXT, TEXT)), ADD)
        .windowedBy(TUMBLING).aggregate(EMPTY, windows(true)), false);
      case "as-of" -> {
        KTable<String, String> versions = right.toTable(
          Materialized.<String, String>as(Stores.persistentVersionedKeyValueStore("results", HISTORY)).withKeySerde(TEXT).withValueSerde(TEXT));
        yield left.leftJoin(versions, PAIR, Joined.<String, String, String>as("late").withKeySerde(TEXT).withValueSerde(TEXT)
          .withOtherValueSerde(TEXT).withGracePeriod(GRACE));
      }
      default -> throw new IllegalArgumentException("no family " + family);
    };
  }

  KStream<String, String> inWindows(TimeWindows windows, EmitStrategy strategy) {
    return named(grouped.windowedBy(windows).emitStrategy(strategy).aggregate(EMPTY, ADD, windows(true)), false);
  }

  KStream<String, String> inSessions(EmitStrategy strategy) {
    return named(grouped.windowedBy(SESSIONS).emitStrategy(strategy).aggregate(EMPTY, ADD, (key, one, other) -> union(one, other), sessions()), true);
  }

  Topology build(String family, Properties config) {
    results(family).to(topics.get(4), Produced.with(TEXT, TEXT));
    return builder.build(config);
  }

  static KafkaStreams application(String[] app) {
    Properties config = new Properties();
    config.put("application.id", app[1]);
    config.put("bootstrap.servers", System.getenv("BOOTSTRAP"));
    config.put("state.dir", app[2]);
    config.put("dsl.store.suppliers.class", app[3].equals("in_memory")
      ? "org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$InMemoryDslStoreSuppliers"
      : "org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$RocksDBDslStoreSuppliers");
    config.put("processing.guarantee", System.getenv().getOrDefault("GUARANTEE", "at_least_once"));
    config.put("commit.interval.ms", 100);
    config.put("statestore.cache.max.bytes", 0);
    config.put("heartbeat.interval.ms", 200);
    config.put("session.timeout.ms", 6000);
    config.put("fetch.max.wait.ms", 50);
    config.put("topic.message.timestamp.after.max.ms", Long.toString(Long.MAX_VALUE));
    config.put("__emit.interval.ms.kstreams.windowed.aggregation__", 0L);
    config.put("__emit.interval.ms.kstreams.outer.join.spurious.results.fix__", 0L);
    return new KafkaStreams(new FamilyApps(config, Arrays.asList(app).subList(4, 9)).build(app[0], config), config);
  }

  public static void main(String[] args) throws Exception {
    List<KafkaStreams> all = Arrays.stream(args).map(text -> application(text.split(","))).toList();
    CountDownLatch running = new CountDownLatch(all.size());
    for (KafkaStreams streams : all) {
      streams.setStateListener((now, before) -> {
        if (now == KafkaStreams.State.RUNNING) running.countDown();
        if (now == KafkaStreams.State.ERROR) System.exit(1);
      });
      streams.start();
    }
    running.await();
    System.out.println("RUNNING");
    while (System.in.read() != -1) continue;
    all.parallelStream().forEach(streams ->
      streams.close(CloseOptions.timeout(Duration.ofSeconds(30)).withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)));
    System.exit(0);
  }
}
