"""What the README's figures come from: each is one command on real input.

``python -m benchmarks.run`` measures everything and writes RESULTS.md; ``python -m benchmarks.kills`` kills what
runs at random moments and says whether anything was lost; ``python -m benchmarks.profile`` says where the
coordinator's time goes.
"""
