"""A server as notebooks on GTZAN grow it, with Gradio: GRADIO_SERVER_PORT=7860 python gradio_peer.py

All is its default, but that two files are worked on at a time instead of one.

    pip install gradio==6.31.0 librosa==0.11.0 onnxruntime==1.32.0
"""

import gradio

from hearing import probabilities

page = gradio.Interface(
    probabilities, gradio.Audio(type="filepath"), gradio.Label(), api_name="predict", concurrency_limit=2
)

if __name__ == "__main__":
    page.queue().launch()
