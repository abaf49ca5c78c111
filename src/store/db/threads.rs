//! Threads that wait for PostgreSQL, so that nobody else has to.
//!
//! There are as many as connections that they may hold. What is to be done stands in one queue, and who has done one thing takes the next
//! without having slept: handing work to a thread that sleeps, and a permit to whoever waits for one, took more of the processor than
//! many a query.

use crate::lock::hold;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::{io, thread};

type Job = Box<dyn FnOnce() + Send>;

/// Some threads, until this is dropped; then they do what stands in the queue and end.
pub(super) struct Threads(Arc<Shared>);

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// That there is something for somebody who sleeps.
    work: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    sleeping: usize,
    over: bool,
}

impl Threads {
    /// So many threads.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub(super) fn new(size: u32) -> io::Result<Self> {
        // First, so that those that began end with it where a later one does not begin.
        let threads = Self(Arc::default());
        for _ in 0..size {
            let shared = Arc::clone(&threads.0);
            thread::Builder::new().name("database".to_owned()).spawn(move || shared.work_through())?;
        }
        Ok(threads)
    }

    /// Has something done by the next thread that is free. A panic in it ends no thread.
    pub(super) fn have_done(&self, job: impl FnOnce() + Send + 'static) {
        let mut queue = hold(&self.0.queue);
        queue.jobs.push_back(Box::new(job));
        let somebody_sleeps = queue.sleeping > 0;
        drop(queue);
        if somebody_sleeps {
            self.0.work.notify_one();
        }
    }

    /// The way into the queue for what these threads do.
    pub(super) fn queue(&self) -> Enqueue {
        Enqueue(Arc::clone(&self.0))
    }
}

/// Puts something into the queue from one of its threads.
#[derive(Clone)]
pub(super) struct Enqueue(Arc<Shared>);

impl Enqueue {
    /// Has something done after what stands in the queue. Nobody is woken: the thread that asks is about to look there itself.
    pub(super) fn next(&self, job: impl FnOnce() + Send + 'static) {
        hold(&self.0.queue).jobs.push_back(Box::new(job));
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        hold(&self.0.queue).over = true;
        self.0.work.notify_all();
    }
}

impl Shared {
    fn work_through(&self) {
        while let Some(job) = self.next() {
            // Whoever waits for it is told by the end of its channel.
            let _ = catch_unwind(AssertUnwindSafe(job));
        }
    }

    fn next(&self) -> Option<Job> {
        let mut queue = hold(&self.queue);
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            if queue.over {
                return None;
            }
            queue.sleeping += 1;
            queue = self.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
            queue.sleeping -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[test]
    fn all_is_done_also_after_a_panic_and_at_the_end() {
        let threads = Threads::new(2).unwrap();
        let (done, seen) = channel();
        for number in 0..100 {
            let done = done.clone();
            threads.have_done(move || {
                assert!(number % 10 != 0, "one in ten fails");
                done.send(number).unwrap();
            });
        }
        drop((threads, done));
        // Until the last sender is gone, with the last job.
        let mut all: Vec<i32> = seen.iter().collect();
        all.sort_unstable();
        assert_eq!(all, (0..100).filter(|number| number % 10 != 0).collect::<Vec<_>>());
    }

    #[test]
    fn several_work_at_the_same_time() {
        let threads = Threads::new(2).unwrap();
        let ((left, from_left), (right, from_right)) = (channel(), channel());
        let (told, heard) = channel();
        // Each waits for the other.
        let other = told.clone();
        threads.have_done(move || {
            left.send(()).unwrap();
            told.send(from_right.recv_timeout(Duration::from_secs(60)).is_ok()).unwrap();
        });
        threads.have_done(move || {
            right.send(()).unwrap();
            other.send(from_left.recv_timeout(Duration::from_secs(60)).is_ok()).unwrap();
        });
        assert_eq!(heard.iter().take(2).collect::<Vec<_>>(), [true, true]);
    }
}
