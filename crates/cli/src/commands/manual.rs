//! `gtzan completions` and `gtzan man`: what shells and readers of manuals need, made from the program's own description.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::Cli;
use crate::console;

/// Print the completion script of a shell.
///
/// For bash: gtzan completions bash > ~/.local/share/bash-completion/completions/gtzan
#[derive(clap::Args)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Print the manual page, or that of a command, for example: gtzan man train | man -l -
#[derive(clap::Args)]
pub struct ManArgs {
    /// The command, such as train.
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

/// Prints the completions.
pub fn completions(args: CompletionsArgs) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "gtzan", &mut script);
    console::results().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the page.
pub fn man(args: ManArgs) -> anyhow::Result<ExitCode> {
    let mut cli = Cli::command().name("gtzan");
    // Gives subcommands their full names.
    cli.build();
    let command = match &args.command {
        None => cli,
        Some(name) => {
            let found = cli.find_subcommand(name).cloned();
            found.with_context(|| format!("no command `{name}`; `gtzan --help` lists them"))?
        }
    };
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    console::results().write_all(&page)?;
    Ok(ExitCode::SUCCESS)
}
