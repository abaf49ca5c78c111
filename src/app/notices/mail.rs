//! Mail to administrators, by SMTP.

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{Message, SmtpTransport, Transport};
use secrecy::{ExposeSecret, SecretString};
use std::net::IpAddr;
use std::time::Duration;

/// How long a mail server may take for a step.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why mail cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The URL is none. It is not repeated: there is a password in it.
    #[error("the mail URL cannot be used: {0}; set one such as smtps://user:password@mail.example.com")]
    Url(String),
    /// Nobody is called so.
    #[error(
        "{address:?} is no address to send mail from: {why}; give one such as 'Rollcall <rollcall@example.com>'"
    )]
    From {
        /// What was given.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// The mail server did not take it.
    #[error("mail was not sent: {0}")]
    Sending(String),
}

/// Sends mail.
#[derive(Clone)]
pub struct Mailer {
    transport: SmtpTransport,
    from: Mailbox,
}

impl Mailer {
    /// Sends by the server of a URL (`smtps://…`, or `smtp://…?tls=required`), from an address. Nothing is connected yet.
    ///
    /// # Errors
    /// A URL or an address that is none; a server elsewhere without TLS.
    pub fn new(url: &SecretString, from: &str) -> Result<Self, MailError> {
        let text = url.expose_secret();
        if let Some(rest) = text.strip_prefix("smtp://")
            && !text.contains("tls=required")
            && !is_here(rest)
        {
            let why = "it sends in the clear to another machine; use smtps://, or smtp:// with ?tls=required";
            return Err(MailError::Url(why.to_owned()));
        }
        let transport = SmtpTransport::from_url(text).map_err(|error| MailError::Url(error.to_string()))?;
        let from = from
            .parse()
            .map_err(|error| MailError::From { address: from.to_owned(), why: format!("{error}") })?;
        Ok(Self { transport: transport.timeout(Some(PATIENCE)).build(), from })
    }

    /// Sends one mail to each of these.
    ///
    /// # Errors
    /// [`MailError::Sending`] at the first that is not taken.
    pub fn send(&self, to: &[String], subject: &str, body: &str) -> Result<(), MailError> {
        let failed = |error: &dyn std::fmt::Display| MailError::Sending(error.to_string());
        for address in to {
            // What a provider sent as an e-mail address may be none; the others are told all the same.
            let Ok(address) = address.parse::<Mailbox>() else { continue };
            let mail = Message::builder()
                .from(self.from.clone())
                .to(address)
                .subject(subject)
                .header(ContentType::TEXT_PLAIN)
                .body(body.to_owned())
                .map_err(|error| failed(&error))?;
            self.transport.send(&mail).map_err(|error| failed(&error))?;
        }
        Ok(())
    }
}

/// Whether what follows the scheme of a URL names this machine.
fn is_here(rest: &str) -> bool {
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_leaves_this_machine_only_with_tls() {
        let from = "Rollcall <rollcall@example.com>";
        let new = |url: &str| Mailer::new(&SecretString::from(url), from);
        for good in [
            "smtps://user:secret@mail.example.com",
            "smtp://mail.example.com:587?tls=required",
            "smtp://127.0.0.1:2525",
            "smtp://user:secret@localhost:25",
            "smtp://[::1]:25",
        ] {
            assert!(new(good).is_ok(), "{good}");
        }
        for bad in [
            "smtp://mail.example.com",
            "smtp://127.0.0.1@mail.example.com",
            "http://x",
            "mail.example.com",
            "",
        ] {
            let error = new(bad).err().unwrap().to_string();
            assert!(error.contains("smtps://"), "{error}");
        }
        let error = new("http://user:secret@mail.example.com").err().unwrap().to_string();
        assert!(!error.contains("secret"), "{error}");
        assert!(Mailer::new(&SecretString::from("smtp://127.0.0.1"), "nobody").is_err());
    }
}
