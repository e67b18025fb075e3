//! `gtzan serve`: the page where songs are dropped, and the API beside it.

use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use model::ModelBundle;
use server::{Options, Server};
use tokio::runtime;
use tokio::signal;
use trainer::backend::Backend;

use super::limits::{limits, workers};
use crate::backend::{backends, device};
use crate::console::{self, say};
use crate::interrupt::INTERRUPTED;

/// What a song that is sent may take, unless `--limit` says something else.
const LIMITS: [&str; 3] = ["file=512", "seconds=7200", "time=60"];

/// Open a page where songs are dropped, and an API beside it.
///
/// The page shows the genres of a song over time while it plays, and why; programs ask the same server, as /api on it tells. It
/// needs no other server, and keeps nothing: songs are received into memory (a file without a name if they are large), decoded by
/// processes of their own, judged and forgotten.
///
/// Listens to this machine only, unless --addr says otherwise and there is a --token. Ends after Ctrl-C or SIGTERM, when what is
/// being answered is done; at once after a second Ctrl-C.
#[derive(clap::Args)]
pub struct Args {
    /// A model's folder, the folder of the run that made it, or the name of one in the box [default: gtzan-extended]. Can be given
    /// several times: the page shows what each says, programs ask the first unless they name another.
    #[arg(long = "model", value_name = "MODEL")]
    models: Vec<PathBuf>,
    /// Where to listen; port 0 is any that is free.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    addr: SocketAddr,
    /// Open the page in a browser.
    #[arg(long)]
    open: bool,
    /// What clients must know, at least 12 characters; wanted where others reach the address. In an environment variable it can't be
    /// seen in the list of processes.
    #[arg(long, env = "GTZAN_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Let pages from elsewhere use the API, or this one be reached by another name: an origin such as `https://music.example`. Can be
    /// given several times.
    #[arg(long = "allow-origin", value_name = "ORIGIN")]
    origins: Vec<String>,
    /// Songs that are worked on at a time [default: as many as processors].
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// Songs that wait at most, a half of them from one address. Others are told to come again.
    #[arg(long, value_name = "N", default_value_t = Options::QUEUE)]
    queue: usize,
    /// What computes the networks.
    #[arg(long, value_name = "B", value_parser = backends(), default_value_t)]
    backend: Backend,
    /// Change a limit: file=512 (MiB), seconds=7200 (of sound), channels=32, rate=768000 (Hz); and of the processes that decode:
    /// time=60 (s a song), memory=2048 (MiB).
    #[arg(long = "limit", value_name = "key=value")]
    limits: Vec<String>,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { models, addr, open, token, origins, jobs, queue, backend, limits: wanted } = args;
    let device = device(backend)?;
    let named = |bundle: ModelBundle| (bundle.facts().name.clone(), bundle);
    let mut bundles = Vec::new();
    for model in &models {
        bundles.push(named(crate::bundle::load(model, &device)?.0));
    }
    if bundles.is_empty() {
        bundles.push(named(model::pretrained(&device)?));
    }
    let limits = limits(&LIMITS, &wanted)?;
    let worker = workers()?.context("there is no program for the workers")?;
    let options = Options { models: bundles, addr, token: token.clone(), origins, worker, jobs, queue, limits };

    let runtime = runtime::Builder::new_multi_thread().enable_all().build().context("no threads to serve with")?;
    runtime.block_on(async {
        // Before the address is told: who reads it may end the program at once.
        let stop = stop()?;
        let server = Server::bind(options).await?;
        let mut addr = server.addr();
        let page = format!("http://{addr}/");
        // What comes behind `#` isn't sent by browsers: the page reads it.
        let page_with_token = token.map_or_else(|| page.clone(), |token| format!("{page}#token={token}"));
        let told = if io::stdout().is_terminal() { &page_with_token } else { &page };
        let mut stdout = console::results();
        writeln!(stdout, "{told}")?;
        stdout.flush()?;
        if open {
            // All addresses together are none to go to.
            if addr.ip().is_unspecified() {
                addr.set_ip(Ipv4Addr::LOCALHOST.into());
            }
            let here = page_with_token.replacen(&page, &format!("http://{addr}/"), 1);
            if let Err(error) = open::that_detached(&here) {
                say(format_args!("warning: no browser can be opened: {error}; open {page} in one"));
            }
        }
        server.run(stop).await;
        anyhow::Ok(())
    })?;
    // What is still being worked on for nobody need not be waited for.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

/// What ends the server: Ctrl-C, or the system's request. A second one ends the program at once.
fn stop() -> anyhow::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminated =
        signal::unix::signal(signal::unix::SignalKind::terminate()).context("can't listen for SIGTERM")?;
    #[cfg(unix)]
    let mut interrupted =
        signal::unix::signal(signal::unix::SignalKind::interrupt()).context("can't listen for Ctrl-C")?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminated.recv() => (),
            _ = interrupted.recv() => (),
        }
        #[cfg(not(unix))]
        let _ = signal::ctrl_c().await;
        say(format_args!("ending: what is being answered is finished first; once more ends it at once"));
        tokio::spawn(async {
            if signal::ctrl_c().await.is_ok() {
                std::process::exit(INTERRUPTED.into());
            }
        });
    })
}
