"""Technologies that a text names: languages, libraries, platforms and formats, by a list of names that mean nothing else."""

import re
from collections import Counter

_NAMES = (
    "Python, JavaScript, TypeScript, Java, C++, C#, Fortran, Julia, MATLAB, Haskell, Scala, Kotlin, OCaml, Perl, PHP, SQL, NumPy,"
    " SciPy, pandas, Matplotlib, scikit-learn, PyTorch, TensorFlow, Keras, JAX, Theano, Caffe, XGBoost, LightGBM, spaCy, NLTK,"
    " Hugging Face, OpenCV, CUDA, cuDNN, OpenMP, MPI, OpenCL, Numba, Cython, SymPy, NetworkX, statsmodels, Jupyter, Jupyter Notebook,"
    " JupyterLab, JupyterHub, IPython, Anaconda, Binder, Google Colab, Docker, Kubernetes, Singularity, Git, GitHub, GitLab,"
    " Bitbucket, Travis CI, GitHub Actions, Jenkins, Sphinx, Read the Docs, Zenodo, LaTeX, Markdown, R Markdown, RStudio, Shiny,"
    " ggplot2, tidyverse, Bioconductor, Azure, AWS, Google Cloud, Azure Functions, Cosmos DB, Spark, Hadoop, Kafka, Redis,"
    " PostgreSQL, MySQL, SQLite, MongoDB, Neo4j, Elasticsearch, GraphQL, REST, gRPC, Flask, Django, FastAPI, React, Angular,"
    " Node.js, Unity, Arduino, Raspberry Pi, FPGA, WebGL, WebAssembly, LLVM, Linux, Ubuntu, NEST, NEURON, Brian, OpenAI Gym, MuJoCo,"
    " ROS, Gazebo, Simulink, Mathematica, Stata, SPSS, SAS, Excel, QGIS, ArcGIS, GDAL, HDF5, NetCDF, JSON, XML, YAML, CSV, RDF, OWL,"
    " SPARQL, HTML, CSS, BERT, GPT-2, GPT-3, GPT-4, RoBERTa, ResNet, VGG, word2vec, GloVe, FastText, LSTM, GAN, Transformer, PyTest,"
    " Snakemake, Nextflow, Slurm, Dask, Ray, Plotly, Bokeh, Vega-Lite, D3.js, Stan, PyMC, PyMC3, TensorBoard, ONNX, Rust, BibTeX,"
    " Moodle, Canvas, Slack, Overleaf, Codecov, pip, conda, CMake, GNU Octave, OpenFOAM, FEniCS, PETSc, Gurobi, CPLEX, MiniZinc"
)
TECHNOLOGIES = tuple(name.strip() for name in _NAMES.split(","))
_AMBIGUOUS = frozenset(
    {"NEURON", "Brian", "Ray", "Canvas", "Stan", "Excel", "Rust", "Spark", "Unity", "Slack", "Binder", "Shiny", "React"}
)
_ANY = re.compile(
    r"(?<![\w.-])(?:"
    + "|".join(re.escape(name) for name in sorted(TECHNOLOGIES, key=len, reverse=True))
    + r")(?![\w+#]|\.\w|-\w)"
)
_MOST = 20


def technologies(text: str) -> tuple[str, ...]:
    """The names, most frequent first; a name that is also a word has to stand at least three times."""
    count = Counter(match.group() for match in _ANY.finditer(text))
    sure = [(name, often) for name, often in count.most_common() if often >= 3 or name not in _AMBIGUOUS]
    return tuple(name for name, _ in sure[:_MOST])
