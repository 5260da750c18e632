"""Which codes exist: data by edition and one loader. Imports nothing of ours."""
