//! What is counted, for Prometheus.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Bounds in s of the histograms' buckets.
const SECONDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stage {
    stage: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

/// A place in the work on a song.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The file is sent.
    Receiving,
    /// It waits in the queue.
    Waiting,
    /// It is decoded, and its features computed.
    Decoding,
    /// A model judges it, pictures are drawn.
    Listening,
}

/// What is looked at when the figures are asked for.
pub struct Gauges {
    /// Songs that wait.
    pub waiting: usize,
    /// Songs that are worked on.
    pub running: usize,
    /// Bytes of files that are being received or wait.
    pub received: u64,
}

/// The counters.
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    stages: Family<Stage, Histogram>,
    rejected: Family<Reason, Counter>,
    waiting: Gauge,
    running: Gauge,
    received: Gauge<u64, AtomicU64>,
    memory: Gauge<u64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("gtzan");
        let metrics = Self {
            requests: Family::default(),
            stages: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            rejected: Family::default(),
            waiting: Gauge::default(),
            running: Gauge::default(),
            received: Gauge::default(),
            memory: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("requests", "Requests answered", metrics.requests.clone());
        let told = "Time that songs took, by stage";
        registry.register_with_unit("stage", told, Unit::Seconds, metrics.stages.clone());
        registry.register("rejected", "Songs not taken in, by reason", metrics.rejected.clone());
        registry.register("queue_waiting", "Songs that wait", metrics.waiting.clone());
        registry.register("queue_running", "Songs that are worked on", metrics.running.clone());
        let told = "Size of the files that are being received or wait";
        registry.register_with_unit("received", told, Unit::Bytes, metrics.received.clone());
        let told = "Resident memory of the server, without its workers'";
        registry.register_with_unit("resident_memory", told, Unit::Bytes, metrics.memory.clone());
        Self { registry, ..metrics }
    }
}

impl Metrics {
    /// Counts an answer.
    pub fn answered(&self, method: &str, route: &str, status: u16) {
        let labels = Answered { method: method.to_owned(), route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
    }

    /// Counts the time that a step took.
    pub fn took(&self, step: Step, seconds: f64) {
        let stage = match step {
            Step::Receiving => "receiving",
            Step::Waiting => "waiting",
            Step::Decoding => "decoding",
            Step::Listening => "listening",
        };
        self.stages.get_or_create(&Stage { stage }).observe(seconds);
    }

    /// Counts a song that was not taken in.
    pub fn rejected(&self, reason: &'static str) {
        self.rejected.get_or_create(&Reason { reason }).inc();
    }

    /// All figures as text (OpenMetrics).
    pub fn text(&self, gauges: &Gauges) -> String {
        self.waiting.set(i64::try_from(gauges.waiting).unwrap_or(i64::MAX));
        self.running.set(i64::try_from(gauges.running).unwrap_or(i64::MAX));
        self.received.set(gauges.received);
        if let Some(bytes) = resident_memory() {
            self.memory.set(bytes);
        }
        let mut text = String::new();
        // A `String` takes whatever is written.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// Resident memory of this process in bytes, where the system tells it.
fn resident_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| 1024 * kilobytes)
}
