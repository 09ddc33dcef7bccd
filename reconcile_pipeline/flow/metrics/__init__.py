"""What monitoring asks of scans: findings, how long they took, and when the last good one was."""
