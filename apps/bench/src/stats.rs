//! The middle of many numbers, and how long the unluckiest had to wait.

/// A count as a number to divide by.
pub(crate) fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// The middle one.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.len() % 2, values.get(middle)) {
        (_, None) => 0.0,
        (1, Some(value)) => *value,
        (_, Some(value)) => f64::midpoint(values[middle - 1], *value),
    }
}

/// The waiting time, in milliseconds, that so many of a hundred stayed below.
pub(crate) fn percentile(micros: &[u32], of_hundred: usize) -> f64 {
    let mut micros = micros.to_vec();
    micros.sort_unstable();
    let place = (micros.len() * of_hundred / 100).min(micros.len().saturating_sub(1));
    micros.get(place).map_or(0.0, |micros| f64::from(*micros) / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert!((median([3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median([4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert!(median([]).abs() < f64::EPSILON);
    }

    #[test]
    fn percentiles_are_waiting_times_that_were_measured() {
        let micros: Vec<u32> = (1..=100).rev().map(|n| n * 1_000).collect();
        assert!((percentile(&micros, 50) - 51.0).abs() < f64::EPSILON);
        assert!((percentile(&micros, 99) - 100.0).abs() < f64::EPSILON);
        assert!((percentile(&micros, 100) - 100.0).abs() < f64::EPSILON);
        assert!(percentile(&[], 50).abs() < f64::EPSILON);
    }
}
