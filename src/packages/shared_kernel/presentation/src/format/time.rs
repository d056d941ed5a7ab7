use std::time::Duration;

use shared_kernel_domain::clock::Timestamp;

/// A duration: `0.4 ms`, `12 ms`, `1.24 s`, `2 min 5 s`, `1 h 3 min`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 0.01 {
        return format!("{:.1} ms", seconds * 1e3);
    }
    if seconds < 0.9995 {
        return format!("{:.0} ms", seconds * 1e3);
    }
    if seconds < 9.995 {
        return format!("{seconds:.2} s");
    }
    if seconds < 59.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    if whole < 3600 {
        return format!("{} min {} s", whole / 60, whole % 60);
    }
    let minutes = (whole + 30) / 60;
    format!("{} h {} min", minutes / 60, minutes % 60)
}

/// A time in UTC to the second: `2026-11-23 06:48:12 UTC`.
pub fn timestamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_about_three_digits() {
        let cases = [
            (0.0, "0.0 ms"),
            (0.000_42, "0.4 ms"),
            (0.0123, "12 ms"),
            (0.9994, "999 ms"),
            (0.9999, "1.00 s"),
            (1.239, "1.24 s"),
            (12.34, "12.3 s"),
            (59.96, "1 min 0 s"),
            (125.0, "2 min 5 s"),
            (3599.6, "1 h 0 min"),
            (3780.0, "1 h 3 min"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(duration(Duration::from_secs_f64(seconds)), expected, "{seconds}");
        }
    }

    #[test]
    fn times_are_in_utc() {
        let time = "2026-11-23T07:48:12.5+01:00".parse().unwrap();
        assert_eq!(timestamp(time), "2026-11-23 06:48:12 UTC");
    }
}
