//! Whatever is commanded in whatever order while time goes on: who is inactive holds no session, and what ended stays ended.

use super::*;

/// SplitMix64, the same at every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    /// A time within a day of `now`, on either side.
    fn near(&mut self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + Duration::hours(self.below(48) as i64 - 24)
    }

    fn command(&mut self, now: DateTime<Utc>) -> Command {
        let reason = Reason::ALL[self.below(6) as usize];
        match self.below(12) {
            0 => Command::Deactivate(reason),
            1 | 2 => Command::Reactivate,
            3 => Command::SetStart(Some(self.near(now))),
            4 => Command::SetExpiry(Some(self.near(now))),
            5 => Command::SetExpiry(None),
            6 => Command::SetStart(None),
            7 => Command::ScheduleDeactivation(ScheduledDeactivation { at: self.near(now), reason }),
            8 => Command::CancelDeactivation,
            9 => Command::SetRole(Role::ASSIGNABLE[self.below(5) as usize]),
            _ => Command::SignIn,
        }
    }
}

/// What the session check asks: the epoch in which it began is the account's, and the account may be used.
fn lives(account: &Account, epoch: i64, now: DateTime<Utc>) -> bool {
    account.is_active(now) && account.session_epoch == epoch
}

#[test]
fn an_inactive_account_holds_no_session_and_no_session_comes_back() {
    let mut random = Random(20_261_122);
    let (mut began, mut ended_by_time, mut refused) = (0, 0, 0);
    for _ in 0..3_000 {
        let mut time = now();
        let mut account = Account { password: Password::Set, ..made(SignIn::Email) };
        // Epochs of the sessions, and whether each was seen to be dead.
        let mut sessions: Vec<(i64, bool)> = Vec::new();
        for _ in 0..25 {
            let command = random.command(time);
            match decide(&account, command, &Policy::ROLLCALL, time) {
                Ok(decision) => {
                    if command == Command::SignIn {
                        assert!(account.is_active(time));
                        sessions.push((account.session_epoch, false));
                        began += 1;
                    }
                    account = decision.account;
                }
                Err(_) => refused += 1,
            }
            for step in 0..2 {
                if step == 1 {
                    time += Duration::hours(random.below(8) as i64);
                }
                for (epoch, dead) in &mut sessions {
                    let lives = lives(&account, *epoch, time);
                    assert!(!(*dead && lives), "a session came back at {time}: {account:?}");
                    ended_by_time += usize::from(step == 1 && !*dead && !lives);
                    *dead |= !lives;
                }
                if !account.is_active(time) {
                    assert!(decide(&account, Command::SignIn, &Policy::ROLLCALL, time).is_err());
                    assert!(sessions.iter().all(|(_, dead)| *dead), "{account:?}");
                }
            }
        }
    }
    assert!(began > 2_000 && ended_by_time > 300 && refused > 2_000, "{began} {ended_by_time} {refused}");
}
