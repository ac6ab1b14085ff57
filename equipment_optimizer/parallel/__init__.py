"""One ordered map over many tasks: in this process, in worker processes, or on a Dask cluster."""
