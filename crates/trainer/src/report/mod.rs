//! Pages to look at: `report.html` of a run, and several runs side by side.
//!
//! A page is one file that opens from disk: styles, script, charts and pictures are inside, and its content security policy
//! lets nothing be fetched. Charts are SVG; the script only shows what the pointer is on.

mod charts;
mod compare;
mod importance;
mod map;
mod mistakes;
mod page;
mod run;

pub use self::compare::compare;
pub use self::page::is_page;
pub use self::run::RunPage;
