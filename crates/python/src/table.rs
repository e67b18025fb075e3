//! Rows with names, which anything that knows Arrow takes without a copy.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::types::{Float32Type, Float64Type, Int32Type};
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchIterator};
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{ArrowError, DataType, Field, Schema};
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::{PyKeyError, PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList};

/// Columns that are shown of a table.
const SHOWN: usize = 6;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Table>()
}

/// A table in memory. Give it to pandas, polars, pyarrow, DuckDB …: it speaks Arrow's PyCapsule protocol.
#[pyclass(frozen, module = "gtzan")]
pub struct Table {
    batch: RecordBatch,
}

impl Table {
    /// A table of these columns, of one length, which may have nulls.
    pub fn new(columns: Vec<(String, ArrayRef)>) -> PyResult<Self> {
        let fields = columns.iter().map(|(name, values)| Field::new(name, values.data_type().clone(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let values = columns.into_iter().map(|(_, values)| values).collect();
        Ok(Self { batch: RecordBatch::try_new(schema, values).map_err(defect)? })
    }

    fn column(&self, name: &str) -> PyResult<&ArrayRef> {
        self.batch.column_by_name(name).ok_or_else(|| PyKeyError::new_err(name.to_owned()))
    }
}

#[pymethods]
impl Table {
    /// Names of the columns, in their order.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.batch.schema_ref().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// Number of rows.
    #[getter]
    fn num_rows(&self) -> usize {
        self.batch.num_rows()
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    /// The values of a column: an array of numbers, with NaN where there is none, or a list of strings.
    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let column = self.column(name)?;
        match column.data_type() {
            DataType::Utf8 => Ok(PyList::new(py, column.as_string::<i32>().iter())?.into_any()),
            DataType::Int32 if column.null_count() == 0 => {
                Ok(PyArray1::from_slice(py, column.as_primitive::<Int32Type>().values()).into_any())
            }
            _ => Ok(PyArray1::from_iter(py, numbers(column)?).into_any()),
        }
    }

    /// The values of these columns, `[rows, columns]`, with NaN where there is none.
    fn to_numpy<'py>(&self, py: Python<'py>, columns: Vec<String>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let columns = columns.iter().map(|name| numbers(self.column(name)?)).collect::<PyResult<Vec<_>>>()?;
        let values: Vec<f64> = columns.iter().flatten().copied().collect();
        PyArray1::from_vec(py, values).reshape([columns.len(), self.batch.num_rows()])?.transpose()
    }

    /// As a `pyarrow.Table`.
    fn to_pyarrow<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        this.py().import("pyarrow")?.call_method1("table", (this,))
    }

    /// As a `pandas.DataFrame`. Needs no pyarrow.
    fn to_pandas<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let columns = PyDict::new(py);
        for name in self.column_names() {
            columns.set_item(&name, self.__getitem__(py, &name)?)?;
        }
        py.import("pandas")?.call_method1("DataFrame", (columns,))
    }

    /// As a `polars.DataFrame`.
    fn to_polars<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        this.py().import("polars")?.call_method1("DataFrame", (this,))
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // What is asked for is a wish, by the protocol; whoever has it casts.
        drop(requested_schema);
        let batches = RecordBatchIterator::new([Ok(self.batch.clone())], self.batch.schema());
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(batches)), c"arrow_array_stream")
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.batch.schema_ref().as_ref()).map_err(defect)?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    fn __repr__(&self) -> String {
        let names = self.column_names();
        let more = if names.len() > SHOWN { format!(", … {} in all", names.len()) } else { String::new() };
        format!("gtzan.Table({} rows: {}{more})", self.batch.num_rows(), names[..names.len().min(SHOWN)].join(", "))
    }
}

/// A column's values as numbers, NaN where there is none.
fn numbers(column: &ArrayRef) -> PyResult<Vec<f64>> {
    let or_nan = |value: Option<f64>| value.unwrap_or(f64::NAN);
    match column.data_type() {
        DataType::Float64 => Ok(column.as_primitive::<Float64Type>().iter().map(or_nan).collect()),
        DataType::Float32 => {
            Ok(column.as_primitive::<Float32Type>().iter().map(|value| or_nan(value.map(f64::from))).collect())
        }
        DataType::Int32 => {
            Ok(column.as_primitive::<Int32Type>().iter().map(|value| or_nan(value.map(f64::from))).collect())
        }
        other => Err(PyTypeError::new_err(format!("a column of {other} has no numbers"))),
    }
}

fn defect(error: ArrowError) -> PyErr {
    PyRuntimeError::new_err(format!("a defect of gtzan, please report it: {error}"))
}
